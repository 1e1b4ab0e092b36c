/** Finds cluster configs of ParallelCluster 3 and 2, their releases, and certificates in a folder. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { bakeable } from '../../os/index.ts';
import { familyInName } from '../../os/family.ts';
import { releases, supportedRegions } from '../../os/releases.ts';
import { ini } from '../../rotate/formats/ini.ts';

const DEEPEST = 6;
const MOST_FILES = 5000;
const LARGEST = 1024 * 1024;
const SKIPPED = new Set(['node_modules', 'dist', 'coverage']);

/** Files that pin the version of the program `pcluster`. */
const PINS =
  /(?:^|\/)(?:(?:requirements|constraints)[^/]*\.(?:txt|in)|pyproject\.toml|setup\.cfg|Pipfile|environment\.ya?ml|Dockerfile[^/]*)$/;
/** `aws-parallelcluster==3.11.1`, also with quotes, blanks and extras around. */
const PIN =
  /\baws-parallelcluster(?:\[[^\]]*\])?["']?\s*(?:===?|~=|=)\s*["']?(?:==)?(3\.\d{1,3}\.\d{1,3})(?![\d.])/;

export interface ClusterConfig {
  /** The path relative to the folder, with `/`. */
  file: string;
  os: string | undefined;
  region: string | undefined;
  /** The release that the comments in it name, as part of an image's name; undefined: they name none, or several. */
  release: string | undefined;
  /** The first CustomAmi, which is that of the root if it has one. */
  customAmi: string | undefined;
  arm: boolean;
}

export interface Findings {
  configs: ClusterConfig[];
  /** YAML files that are not cluster configs, which a pattern must not match. */
  otherYaml: string[];
  /** certs/*.pem */
  certificates: string[];
  /** The release of ParallelCluster 3 that files such as requirements.txt pin; undefined: none, or several. */
  pinned: string | undefined;
}

/** A folder that cannot be read counts as empty. */
export async function findInputs(folder: string): Promise<Findings> {
  const files = (await filesBelow(folder, '', DEEPEST)).slice(0, MOST_FILES).sort();
  const read = await Promise.all(
    files.map(async (file) => ({ file, config: await readConfig(folder, file) })),
  );
  return {
    configs: read.flatMap(({ config }) => config ?? []),
    otherYaml: read.flatMap(({ file, config }) => (config || !isYaml(file) ? [] : [file])),
    certificates: files.filter((file) => /^certs\/[^/]+\.pem$/.test(file)),
    pinned: await pinnedRelease(folder, files),
  };
}

async function filesBelow(folder: string, below: string, depth: number): Promise<string[]> {
  const entries = await readdir(path.join(folder, below), { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      if ((entry.name.startsWith('.') && entry.name !== '.parallelcluster') || SKIPPED.has(entry.name))
        return [];
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) return depth > 0 ? filesBelow(folder, name, depth - 1) : [];
      return entry.isFile() ? [name] : [];
    }),
  );
  return found.flat();
}

/** @returns undefined if it is not a cluster config */
async function readConfig(folder: string, file: string): Promise<ClusterConfig | undefined> {
  // A file with any other extension is no config of 2.x either: see the format.
  if (!isYaml(file) && !ini.reads(file, Buffer.from('[cluster x]\nbase_os = x\n'))) return undefined;
  const text = await readText(folder, file);
  if (text === undefined) return undefined;
  const settings = isYaml(file) ? settingsOf3(text) : settingsOf2(text);
  if (settings === undefined) return undefined;
  const { os, region, customAmi } = settings;
  return {
    file,
    os: os !== undefined && bakeable.includes(os) ? os : undefined,
    region: region !== undefined && region in supportedRegions ? region : undefined,
    release: only(text.split('\n').flatMap((line) => familyInName(line)?.parallelcluster ?? [])),
    customAmi,
    // The names of Graviton families have a g after the generation: c6g, hpc7g, im4gn, g5g (but not g5).
    arm: /\b(?:InstanceType:|compute_instance_type *=)[ \t]*["']?[a-z]+\d+[a-z]*g[a-z]*\./.test(text),
  };
}

type Settings = Record<'os' | 'region' | 'customAmi', string | undefined>;

/** Reads a ParallelCluster 3 config line by line, because a config with placeholders is not valid YAML. */
function settingsOf3(text: string): Settings | undefined {
  if (!/^Scheduling:/m.test(text) || !/^Image:/m.test(text)) return undefined;
  return {
    os: value(text, /^[ \t]+Os:[ \t]*["']?([a-z0-9]+)/m),
    region: value(text, /^Region:[ \t]*["']?([a-z0-9-]+)/m),
    customAmi: value(text, /^[ \t]+CustomAmi:[ \t]*["']?(ami-[0-9a-f]{8,17})\b/m),
  };
}

/** Reads a ParallelCluster 2 config (aws-parallelcluster 2.11.9, pcluster/config/mappings.py). */
function settingsOf2(text: string): Settings | undefined {
  if (!/^\[cluster [^\]\r\n]+\]/m.test(text)) return undefined;
  return {
    os: value(text, /^base_os[ \t]*=[ \t]*([a-z0-9]+)/m),
    region: value(text, /^aws_region_name[ \t]*=[ \t]*([a-z0-9-]+)/m),
    customAmi: value(text, /^custom_ami[ \t]*=[ \t]*(ami-[0-9a-f]{8,17})\b/m),
  };
}

async function pinnedRelease(folder: string, files: readonly string[]): Promise<string | undefined> {
  const texts = await Promise.all(
    files.filter((file) => PINS.test(file)).map((file) => readText(folder, file)),
  );
  return only(texts.flatMap((text) => (text?.split('\n') ?? []).flatMap((line) => value(line, PIN) ?? [])));
}

/** The only value; undefined if there are several, or if it is no release. */
function only(found: readonly string[]): string | undefined {
  const [first, ...others] = new Set(found);
  return others.length === 0 && first !== undefined && releases.includes(first) ? first : undefined;
}

async function readText(folder: string, file: string): Promise<string | undefined> {
  const full = path.join(folder, file);
  try {
    return (await stat(full)).size > LARGEST ? undefined : await readFile(full, 'utf8');
  } catch {
    return undefined;
  }
}

function isYaml(file: string): boolean {
  return /\.ya?ml$/.test(file);
}

function value(text: string, pattern: RegExp): string | undefined {
  return pattern.exec(text)?.[1];
}
