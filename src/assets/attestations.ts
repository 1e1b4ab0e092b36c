/**
 * Collects the artifact attestations of release files into the store: a machine that verifies them there (`gh attestation
 * verify --bundle`) may have no access to GitHub. GitHub attests files that a workflow uploaded, and none of the archives
 * that it packs itself (docs.github.com "Using artifact attestations").
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
  /** As in assets.yaml, in order. */
  sources: readonly string[];
  addressIn?: ((source: string, key: string) => Promise<string | undefined>) | undefined;
  api: GitHubApi;
  /** Whether to ask GitHub for those that no source has. */
  origin: boolean;
  signal: AbortSignal;
}

/** Limit in bytes; more than a thousand attestations need. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Returns the assets locked with attestations that the store lacks. */
export function missingAttestations(assets: readonly LockedAsset[], store: string): LockedAsset[] {
  return assets.filter(
    ({ attestations, sha256 }) =>
      attestations !== undefined && !fs.existsSync(path.join(store, attestationPath(sha256))),
  );
}

/** @returns names of the assets whose attestations were not found anywhere */
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
    const text = await undefinedOnFailure(() => fromSource(source, key, request));
    if (text !== undefined && isBundles(text)) return text;
  }
  const { api, origin } = request;
  const [, repo = ''] = asset.asked.split(' ');
  if (!origin || asset.kind !== 'release') return undefined;
  return undefinedOnFailure(
    async () => (await fetchAttestations(api, asset.name, repo, asset.sha256)) || undefined,
  );
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
  return (await getSmall(api.client, { name: key, url }, MAX_BYTES)).toString('utf8');
}

/** A source without the attestations is no failure: the next one is asked. */
async function undefinedOnFailure(work: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AssetError) return undefined;
    throw error;
  }
}

/** Whether each line is a JSON object; only `gh attestation verify` can verify the bundles. */
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
