/**
 * Finds out what an update of a live cluster would do, with `pcluster update-cluster --dryrun true`, which changes nothing.
 * Source: aws-parallelcluster:api/spec/openapi (UpdateCluster, DryrunOperationException, UpdateClusterBadRequestException).
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import type { Env } from '../util/env.ts';
import { type JsonObject, lastLine, parseJsonObject } from './answers.ts';
import { type Installed, quiet } from './pcluster-installed.ts';

/** A message of pcluster about a place in the config. */
export interface Message {
  /** `Scheduling.SlurmQueues[0].Name`; '' if it names none. */
  path: string;
  message: string;
  /** The default is ERROR. */
  level?: 'ERROR' | 'WARNING' | 'INFO' | undefined;
}

/** A setting that the update would change. */
export interface SettingChange {
  path: string;
  from: string;
  to: string;
  /** Why ParallelCluster refuses the change now, and what it requires first. */
  refusal?: string | undefined;
}

/** The result of `update-cluster --dryrun true`. */
export interface UpdateVerdict {
  cluster: string;
  /** Whether the update would be accepted. */
  accepted: boolean;
  /** The message of pcluster. */
  message: string;
  changes: SettingChange[];
  /** The messages of the validators. */
  messages: Message[];
}

/** How pcluster reaches the account (see Session.forChildren). */
export interface Access {
  env: Readonly<Record<string, string>>;
  ca: readonly string[] | undefined;
}

const UPDATE_MS = 300_000;

/** A config and the cluster that it would update. */
export interface DryRun {
  cluster: string;
  region: string;
  /** The absolute path of the config. */
  file: string;
  /** A folder that the child process may write to. */
  folder: string;
}

/** @param program pcluster of the same release as the cluster, because another one refuses */
export async function dryRunUpdate(
  { command }: Installed,
  { cluster, region, file, folder }: DryRun,
  { env, access, signal }: { env: Env; access: Access; signal: AbortSignal },
): Promise<UpdateVerdict> {
  const own = { ...access.env, AWS_DEFAULT_REGION: region };
  const trust: Record<string, string> = {};
  if (access.ca !== undefined) {
    trust['AWS_CA_BUNDLE'] = path.join(folder, 'cas.pem');
    await fs.writeFile(trust['AWS_CA_BUNDLE'], access.ca.join('\n'));
  }
  const args = ['--cluster-name', cluster, '--cluster-configuration', file, '--dryrun', 'true'];
  const done = await execa(command, ['update-cluster', ...args, '--region', region], {
    cwd: folder,
    // HOME is that of the user if the credentials are read from there.
    env: { ...quiet(env, folder), ...own, ...trust },
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: UPDATE_MS,
    maxBuffer: 64 * 1024 * 1024,
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  return readUpdate(cluster, done.stdout, lastLine(done.stderr));
}

/** The message of the API if a dry run found no problem (HTTP 412). */
const WOULD_SUCCEED = /Request would have succeeded, but DryRun flag is set/;

/**
 * Reads the answer of `update-cluster --dryrun true`.
 * Source: aws-parallelcluster:api/spec/openapi, DryrunOperationException and UpdateClusterBadRequestException.
 * @param otherwise the message if pcluster printed no JSON
 */
export function readUpdate(cluster: string, stdout: string, otherwise: string): UpdateVerdict {
  const answer = parseJsonObject(stdout);
  if (!answer) {
    const message = otherwise || 'pcluster printed nothing';
    return { cluster, accepted: false, message, changes: [], messages: [] };
  }
  const message = textOf(answer['message']);
  const changes = entries(answer['changeSet']).map(changeOf);
  for (const refusal of entries(answer['updateValidationErrors'])) {
    const { path: at, from, to } = changeOf(refusal);
    const words = textOf(refusal['message']);
    const known = changes.find((change) => change.path === at && change.from === from && change.to === to);
    if (known) known.refusal = words;
    else changes.push({ path: at, from, to, refusal: words });
  }
  const said = [
    ...entries(answer['configurationValidationErrors']),
    ...entries(answer['validationMessages']),
  ];
  const messages = said.map((one): Message => {
    const level = textOf(one['level']);
    return {
      path: textOf(one['id']) || textOf(one['type']),
      message: textOf(one['message']),
      level: level === 'WARNING' || level === 'INFO' ? level : 'ERROR',
    };
  });
  // An update without changes is not a refusal.
  const accepted = WOULD_SUCCEED.test(message) || /No changes found/.test(message);
  return { cluster, accepted, message, changes, messages };
}

function changeOf(one: JsonObject): SettingChange {
  return {
    path: textOf(one['parameter']),
    from: textOf(one['currentValue']),
    to: textOf(one['requestedValue']),
  };
}

function entries(value: unknown): JsonObject[] {
  const all = Array.isArray(value) ? (value as unknown[]) : [];
  return all.flatMap((one) => (typeof one === 'object' && one !== null ? [one as JsonObject] : []));
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
