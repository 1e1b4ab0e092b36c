/**
 * Validates configs with the real `pcluster`: with the schema of their release and, for a live cluster, with a dry run of
 * the update. Nothing is changed.
 * Source: aws-parallelcluster:cli/src/pcluster/schemas/cluster_schema.py.
 */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import type { Env } from '../util/env.ts';
import { packagePath } from '../util/package-path.ts';
import { lastLine, jsonLines } from './answers.ts';
import { findPrograms, type Installed, quiet } from './pcluster-installed.ts';
import { type Access, dryRunUpdate, type Message, type UpdateVerdict } from './pcluster-update.ts';

/** A config to validate. */
export interface ConfigToValidate {
  /** Its name in the verdict. */
  file: string;
  /** The new content; absent: the content of the file. */
  bytes?: Buffer | undefined;
  region: string;
  /** The release of its cluster; absent: any installed release. */
  parallelcluster?: string | undefined;
  /** The live cluster of the config; absent: check only the schema. */
  cluster?: string | undefined;
}

export interface ConfigVerdict {
  file: string;
  /** The release that validated; undefined if none did. */
  pcluster?: string | undefined;
  /** The release of the cluster is unknown, so the first pcluster on PATH has validated. */
  releaseUnknown?: true | undefined;
  /** Why the config was not validated. */
  skipped?: string | undefined;
  /** The messages of the schema; empty: the config is valid. */
  messages: Message[];
  update?: UpdateVerdict | undefined;
}

export interface ValidateOptions {
  /** The environment of this process, whose PATH is searched for pcluster. */
  env: Env;
  /** The access for the AWS calls of pcluster (Session.forChildren); absent: no dry runs. */
  access?: Access | undefined;
  signal: AbortSignal;
}

/** The number of file names in one argument list. */
const FILES_A_CALL = 200;
const SCHEMA_MS = 120_000;

/**
 * Validates configs with the pcluster of their release, if it is on PATH.
 * @returns a verdict for each config, in the same order
 */
export async function validateConfigs(
  configs: readonly ConfigToValidate[],
  options: ValidateOptions,
): Promise<ConfigVerdict[]> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'bake-pcluster-'));
  try {
    const programs = await findPrograms(options.env);
    const verdicts = new Map<ConfigToValidate, ConfigVerdict>();
    const releases = new Set(configs.map(({ parallelcluster }) => parallelcluster));
    for (const release of releases) {
      const here = configs.filter(({ parallelcluster }) => parallelcluster === release);
      for (const [candidate, verdict] of await validateWithRelease(
        here,
        release,
        programs,
        folder,
        options,
      )) {
        verdicts.set(candidate, verdict);
      }
    }
    return configs.map((candidate) => verdicts.get(candidate) as ConfigVerdict);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

async function validateWithRelease(
  configs: readonly ConfigToValidate[],
  release: string | undefined,
  programs: readonly Installed[],
  folder: string,
  options: ValidateOptions,
): Promise<Map<ConfigToValidate, ConfigVerdict>> {
  const files = await Promise.all(
    configs.map((config, at) => place(config, path.join(folder, `${release ?? 'any'}-${at}.yaml`))),
  );
  const verdicts = new Map<ConfigToValidate, ConfigVerdict>();
  const seen: string[] = [];
  let isThere = false;
  for (const program of programs) {
    const said = await schema(program, release ?? '-', files, folder, options);
    if ('unfit' in said) {
      isThere = true;
      seen.push(`${program.command} ${said.unfit}`);
      continue;
    }
    if (release !== undefined && said.version !== release) {
      seen.push(`${program.command} is ${said.version}`);
      continue;
    }
    for (const [at, config] of configs.entries()) {
      const file = files[at] as string;
      const messages = said.messages.get(file);
      const verdict: ConfigVerdict =
        messages === undefined
          ? {
              file: config.file,
              skipped: `${program.command} ended before it checked this config`,
              messages: [],
            }
          : { file: config.file, pcluster: said.version, messages };
      if (release === undefined && messages !== undefined) verdict.releaseUnknown = true;
      const { cluster, region } = config;
      const { access, env, signal } = options;
      if (cluster !== undefined && access && messages?.length === 0) {
        verdict.update = await dryRunUpdate(
          program,
          { cluster, region, file, folder },
          { access, env, signal },
        );
      }
      verdicts.set(config, verdict);
    }
    return verdicts;
  }
  const wanted = release === undefined ? 'pcluster' : `pcluster ${release}`;
  const why = isThere ? `no ${wanted} on PATH has a schema that loads` : `${wanted} is not on PATH`;
  const skipped = `${why}${seen.length === 0 ? '' : ` (${seen.join('; ')})`}`;
  return new Map(configs.map((config) => [config, { file: config.file, skipped, messages: [] }]));
}

/** The file itself, or a copy with its new content. */
async function place({ file, bytes }: ConfigToValidate, copy: string): Promise<string> {
  if (bytes === undefined) return path.resolve(file);
  await fs.writeFile(copy, bytes, { mode: 0o600 });
  return copy;
}

type Schema = { version: string; messages: Map<string, Message[]> } | { unfit: string };

async function schema(
  { python }: Installed,
  release: string,
  files: readonly string[],
  folder: string,
  { env, signal }: ValidateOptions,
): Promise<Schema> {
  const input = await fs.readFile(packagePath('templates', 'python', 'cluster-schema.py'), 'utf8');
  const messages = new Map<string, Message[]>();
  let version = '';
  for (let at = 0; at === 0 || at < files.length; at += FILES_A_CALL) {
    const done = await execa(python, ['-', release, ...files.slice(at, at + FILES_A_CALL)], {
      // Not the folder of the user, because Python would import modules from it.
      cwd: folder,
      input,
      env: { ...quiet(env, folder), ...NO_CALLS },
      extendEnv: false,
      reject: false,
      timeout: SCHEMA_MS,
      maxBuffer: 64 * 1024 * 1024,
      cancelSignal: signal,
    });
    signal.throwIfAborted();
    for (const said of jsonLines(done.stdout)) {
      if (typeof said['version'] === 'string') version = said['version'];
      if (typeof said['unfit'] === 'string') return { unfit: unfit(version, said['unfit']) };
      if (typeof said['file'] === 'string') messages.set(said['file'], said['messages'] as Message[]);
    }
    if (version === '') {
      return {
        unfit: `cannot be run: ${lastLine(done.stderr) || done.shortMessage || 'it printed nothing'}`,
      };
    }
    if (release !== '-' && version !== release) break;
  }
  return { version, messages };
}

/** Schemas exist since 3.0 (aws-parallelcluster:CHANGELOG.md, 3.0.0); 2.x used INI files. */
function unfit(version: string, why: string): string {
  return version.startsWith('2.') ? `is ${version}, and 2.x has no schema` : `is ${version}: ${why}`;
}

/** Loading a schema needs the name of a Region, but no account. */
const NO_CALLS = {
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
};
