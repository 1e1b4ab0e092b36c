/** Finds cluster configs and certificates in a folder. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { bakeable } from '../../os/index.ts';
import { supportedRegions } from '../../os/releases.ts';

const DEEPEST = 6;
const MOST_FILES = 5000;
const LARGEST = 1024 * 1024;
const SKIPPED = new Set(['node_modules', 'dist', 'coverage']);

export interface ClusterConfig {
  /** The path relative to the folder, with `/`. */
  file: string;
  os: string | undefined;
  region: string | undefined;
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
}

/** A folder that cannot be read counts as empty. */
export async function findInputs(folder: string): Promise<Findings> {
  const files = (await filesBelow(folder, '', DEEPEST)).slice(0, MOST_FILES).sort();
  const yaml = files.filter((file) => /\.ya?ml$/.test(file));
  const read = await Promise.all(
    yaml.map(async (file) => ({ file, config: await readConfig(folder, file) })),
  );
  return {
    configs: read.flatMap(({ config }) => config ?? []),
    otherYaml: read.flatMap(({ file, config }) => (config ? [] : [file])),
    certificates: files.filter((file) => /^certs\/[^/]+\.pem$/.test(file)),
  };
}

async function filesBelow(folder: string, below: string, depth: number): Promise<string[]> {
  const entries = await readdir(path.join(folder, below), { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) return [];
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) return depth > 0 ? filesBelow(folder, name, depth - 1) : [];
      return entry.isFile() ? [name] : [];
    }),
  );
  return found.flat();
}

/**
 * Reads the config line by line, because a config with placeholders is not valid YAML.
 * @returns undefined if it is not a ParallelCluster 3 config
 */
async function readConfig(folder: string, file: string): Promise<ClusterConfig | undefined> {
  const full = path.join(folder, file);
  try {
    if ((await stat(full)).size > LARGEST) return undefined;
    const text = await readFile(full, 'utf8');
    if (!/^Scheduling:/m.test(text) || !/^Image:/m.test(text)) return undefined;
    const os = value(text, /^[ \t]+Os:[ \t]*["']?([a-z0-9]+)/m);
    const region = value(text, /^Region:[ \t]*["']?([a-z0-9-]+)/m);
    return {
      file,
      os: os !== undefined && bakeable.includes(os) ? os : undefined,
      region: region !== undefined && region in supportedRegions ? region : undefined,
      customAmi: value(text, /^[ \t]+CustomAmi:[ \t]*["']?(ami-[0-9a-f]{8,17})\b/m),
      // The names of Graviton families have a g after the generation: c6g, hpc7g, im4gn, g5g (but not g5).
      arm: /\bInstanceType:[ \t]*["']?[a-z]+\d+[a-z]*g[a-z]*\./.test(text),
    };
  } catch {
    return undefined;
  }
}

function value(text: string, pattern: RegExp): string | undefined {
  return pattern.exec(text)?.[1];
}
