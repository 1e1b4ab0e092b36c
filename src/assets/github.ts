/**
 * Reads from GitHub's REST API: a release with its files and digests, the commit of a name, attestations
 * (docs.github.com "REST API endpoints for releases", "… for commits", "… for attestations").
 */
import { z } from 'zod';
import { httpGet, type HttpClient, type GetRequest } from './http.ts';
import type { GitHubAddresses } from '../github/addresses.ts';
import { callGitHub, GitHubNotJson, type GitHubRequest } from '../github/api.ts';
import { assetError, AssetError } from './asset-error.ts';

const MAX_BYTES = 16 * 1024 * 1024;

const release = z.object({
  tag_name: z.string(),
  assets: z.array(
    z.object({
      name: z.string(),
      url: z.string(),
      size: z.int().min(0),
      browser_download_url: z.string(),
      // `sha256:…` for files uploaded since 2025-06-03, else null (GitHub changelog of that date).
      digest: z.string().nullish(),
    }),
  ),
});
const commit = z.object({ sha: z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/) });
const attestations = z.object({ attestations: z.array(z.object({ bundle: z.unknown() })) });

export type Release = z.output<typeof release>;

export interface GitHubApi {
  client: HttpClient;
  github: GitHubAddresses;
}

/** @param tag or `latest` */
export async function fetchRelease(
  api: GitHubApi,
  name: string,
  repo: string,
  tag: string,
): Promise<Release> {
  const which = tag === 'latest' ? 'latest' : `tags/${encodeURIComponent(tag)}`;
  return readJson(api, name, repo, `/releases/${which}`, release);
}

/** Returns the commit that a tag, a branch or the beginning of a commit resolves to now. */
export async function fetchCommit(api: GitHubApi, name: string, repo: string, ref: string): Promise<string> {
  return (await readJson(api, name, repo, `/commits/${encodeURIComponent(ref)}`, commit)).sha;
}

/** Returns Sigstore bundles, one per line, as `gh attestation verify --bundle` reads them; '' where there are none. */
export async function fetchAttestations(
  api: GitHubApi,
  name: string,
  repo: string,
  sha256: string,
): Promise<string> {
  try {
    const found = await readJson(api, name, repo, `/attestations/sha256:${sha256}`, attestations);
    return found.attestations.map(({ bundle }) => `${JSON.stringify(bundle)}\n`).join('');
  } catch (error) {
    if (error instanceof AssetError && error.problem.code === 'ASSET_NOT_FOUND') return '';
    throw error;
  }
}

/** @throws AssetError */
async function readJson<S extends z.ZodType>(
  { client, github }: GitHubApi,
  name: string,
  repository: string,
  where: string,
  shape: S,
): Promise<z.output<S>> {
  const failed = (found: string): AssetError =>
    assetError('ASSET_SERVER', { url: `${github.api}/repos/${repository}${where}`, status: 200, found });
  const api = {
    api: github.api,
    repository,
    send: async ({ url, headers }: GitHubRequest): Promise<string> =>
      (await getSmall(client, { name, url: url.href, headers, authorized: true }, MAX_BYTES)).toString(
        'utf8',
      ),
  };
  let value: unknown;
  try {
    value = await callGitHub(api, 'GET', where);
  } catch (error) {
    if (error instanceof GitHubNotJson) throw failed('no JSON');
    throw error;
  }
  const checked = shape.safeParse(value);
  if (checked.success) return checked.data;
  throw failed(`JSON without ${checked.error.issues[0]?.path.map(String).join('.')}`);
}

/** Reads a small response whole, with two retries where they can help. @throws AssetError */
export async function getSmall(
  client: HttpClient,
  wanted: Omit<GetRequest, 'onAnswer'>,
  most: number,
): Promise<Buffer> {
  for (let tries = 1; ; tries++) {
    try {
      return await readOnce(client, wanted, most);
    } catch (error) {
      if (!(error instanceof AssetError) || !error.problem.retryable || tries === 3) throw error;
    }
  }
}

async function readOnce(
  client: HttpClient,
  wanted: Omit<GetRequest, 'onAnswer'>,
  most: number,
): Promise<Buffer> {
  const { name, url } = wanted;
  const pieces: Buffer[] = [];
  let size = 0;
  const onAnswer = () => (piece: Buffer) => {
    pieces.push(Buffer.from(piece));
    size += piece.length;
    if (size > most) throw assetError('ASSET_LENGTH', { name, url, expected: most, found: size });
  };
  await httpGet(client, { ...wanted, onAnswer });
  return Buffer.concat(pieces);
}
