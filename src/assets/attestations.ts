/**
 * Owns the artifact attestations kept beside release files: brought from where the files came from, since those who
 * check them (`gh attestation verify --bundle`) have no way to GitHub. GitHub attests what a workflow uploaded; of the
 * archives it packs itself there are none (docs.github.com "Using artifact attestations").
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '../util/files.ts';
import { fetchAttestations, getSmall, type GitHubApi } from './github.ts';
import type { LockedAsset } from './lock.ts';
import { AssetError } from './asset-error.ts';

/** Relative to a store or a mirror. */
export function attestationPath(sha256: string): string {
  return `attestations/${sha256}.jsonl`;
}

export interface AttestationsRequest {
  assets: readonly LockedAsset[];
  /** Absolute. */
  store: string;
  /** As in assets.yaml, in their order. */
  sources: readonly string[];
  addressIn?: ((source: string, key: string) => Promise<string | undefined>) | undefined;
  api: GitHubApi;
  /** Whether GitHub is asked where sources have none. */
  origin: boolean;
  signal: AbortSignal;
}

/** Larger than a thousand of them. */
const MOST = 16 * 1024 * 1024;

/** Those locked with attestations that the store does not have. */
export function missingAttestations(assets: readonly LockedAsset[], store: string): LockedAsset[] {
  return assets.filter(
    ({ attestations, sha256 }) =>
      attestations !== undefined && !fs.existsSync(path.join(store, attestationPath(sha256))),
  );
}

/** @returns names of the assets whose attestations are nowhere to be had */
export async function collectAttestations(request: AttestationsRequest): Promise<string[]> {
  const { assets, store, signal } = request;
  const without: string[] = [];
  for (const asset of assets) {
    signal.throwIfAborted();
    const text = await findAttestations(asset, request);
    if (text === undefined) without.push(asset.name);
    else await writeFileAtomic(path.join(store, attestationPath(asset.sha256)), text);
  }
  return without;
}

async function findAttestations(
  asset: LockedAsset,
  request: AttestationsRequest,
): Promise<string | undefined> {
  const key = attestationPath(asset.sha256);
  for (const source of request.sources) {
    const text = await orNothing(() => fromSource(source, key, request));
    if (text !== undefined && isBundles(text)) return text;
  }
  const { api, origin } = request;
  const [, repo = ''] = asset.asked.split(' ');
  if (!origin || asset.kind !== 'release') return undefined;
  return orNothing(async () => (await fetchAttestations(api, asset.name, repo, asset.sha256)) || undefined);
}

async function fromSource(
  source: string,
  key: string,
  { addressIn, api }: AttestationsRequest,
): Promise<string | undefined> {
  const base = source.replace(/\/{1,9}$/, '');
  if (source.startsWith('file://')) {
    return fs.promises.readFile(path.join(fileURLToPath(base), key), 'utf8').catch(() => undefined);
  }
  const url = source.startsWith('s3://') ? await addressIn?.(source, key) : `${base}/${key}`;
  if (url === undefined) return undefined;
  return (await getSmall(api.net, { name: key, url }, MOST)).toString('utf8');
}

/** What a source does not have is asked of the next; nobody's fetch fails for it. */
async function orNothing(work: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AssetError) return undefined;
    throw error;
  }
}

/** A bundle a line; whether they are true is for `gh attestation verify` to say. */
function isBundles(text: string): boolean {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.length > 0 && lines.every(isObject);
}

function isObject(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
