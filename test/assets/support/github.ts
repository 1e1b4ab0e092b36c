/**
 * A GitHub on loopback, over TLS with its own CA: releases, archives and raw files, redirects to storage on another port
 * by signed URLs that expire, Range and ETag, rate limits; and what firewalls do to all of it.
 */
import { once } from 'node:events';
import fs from 'node:fs';
import type http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import path from 'node:path';
import { ecKey, makeCertificate, pem } from '../../image/support/make-certificate.ts';
import { emptyFolder } from '../../support/project.ts';
import { sha256 } from '../../../src/util/sha256.ts';

export interface Served {
  bytes: Buffer;
  /** Whether GitHub's API knows its digest. */
  digest?: boolean;
}

/** What happens to the next responses from storage for a path; each is used once. */
export type Mishap =
  | { do: 'reset'; after: number }
  | { do: 'short'; length: number }
  | { do: 'long'; extra: number }
  | { do: 'bytes'; bytes: Buffer }
  | { do: 'page'; status: number; html: string }
  | { do: 'limit'; status: 403 | 429; headers: Record<string, string> }
  | { do: 'drip' }
  | { do: 'hang' }
  | { do: 'status'; status: number }
  | { do: 'no-range' }
  | { do: 'redirect'; to: string };

export interface FakeGitHub {
  web: string;
  storage: string;
  /** PEM of the CA, and a file that contains it. */
  ca: string;
  caFile: string;
  env: Record<string, string>;
  /** `O/R` → tag → file → what is served. */
  releases: Map<string, Map<string, Map<string, Served>>>;
  commits: Map<string, string>;
  /** Other paths of the web host → bytes. */
  files: Map<string, Buffer>;
  attestations: Map<string, unknown[]>;
  mishaps: Map<string, Mishap[]>;
  /** Requests as `METHOD host path`, with their headers of interest. */
  requests: {
    host: 'web' | 'storage';
    url: string;
    authorization: string | undefined;
    range: string | undefined;
  }[];
  /** Body bytes sent by storage and web, by path without query. */
  sent: Map<string, number>;
  /** Expires all signed URLs issued so far. */
  expire(): void;
  close(): Promise<void>;
}

export async function fakeGitHub(): Promise<FakeGitHub> {
  const key = ecKey();
  const ca = pem(makeCertificate({ key, commonName: 'localhost', keyUsage: [0, 5] }));
  const caFile = path.join(emptyFolder(), 'ca.pem');
  fs.writeFileSync(caFile, ca);
  const tls = { key: key.privateKey.export({ type: 'pkcs8', format: 'pem' }), cert: ca };
  let generation = 0;

  const web = https.createServer(tls, (request, response) => {
    const url = note('web', request);
    const mishap = take(url.pathname);
    if (mishap !== undefined) return misbehave(mishap, url.pathname, request, response, Buffer.alloc(0));
    const api = /^\/api\/v3(\/.*)$/.exec(url.pathname)?.[1];
    if (api !== undefined) return answerApi(api, response);
    const download = /^\/([^/]+\/[^/]+)\/releases\/download\/([^/]+)\/([^/]+)$/.exec(url.pathname);
    if (download) {
      const [, repo = '', tag = '', file = ''] = download.map((part) => decodeURIComponent(part));
      if (!github.releases.get(repo)?.get(tag)?.has(file)) return plain(response, 404, 'Not Found');
      const signed = `${github.storage}/${repo}/${tag}/${encodeURIComponent(file)}?generation=${generation}`;
      response.writeHead(302, { location: signed }).end();
      return;
    }
    const bytes = github.files.get(decodeURIComponent(url.pathname));
    if (bytes === undefined) return plain(response, 404, 'Not Found');
    send(url.pathname, request, response, bytes);
  });

  const storage = https.createServer(tls, (request, response) => {
    const url = note('storage', request);
    if (request.headers.authorization !== undefined)
      return plain(response, 400, 'only one auth mechanism allowed');
    if (url.searchParams.get('generation') !== String(generation))
      return plain(response, 403, 'Request has expired');
    const [, owner = '', name = '', tag = '', file = ''] = url.pathname.split('/').map(decodeURIComponent);
    const served = github.releases.get(`${owner}/${name}`)?.get(tag)?.get(file);
    if (served === undefined) return plain(response, 404, 'BlobNotFound');
    const mishap = take(url.pathname);
    if (mishap !== undefined) return misbehave(mishap, url.pathname, request, response, served.bytes);
    send(url.pathname, request, response, served.bytes);
  });

  const [webPort, storagePort] = [await listen(web), await listen(storage)];
  const github: FakeGitHub = {
    web: `https://localhost:${webPort}`,
    storage: `https://localhost:${storagePort}`,
    ca,
    caFile,
    env: {
      GITHUB_API_URL: `https://localhost:${webPort}/api/v3`,
      GITHUB_SERVER_URL: `https://localhost:${webPort}`,
    },
    releases: new Map(),
    commits: new Map(),
    files: new Map(),
    attestations: new Map(),
    mishaps: new Map(),
    requests: [],
    sent: new Map(),
    expire: () => void (generation += 1),
    async close() {
      for (const server of [web, storage]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
  return github;

  function note(host: 'web' | 'storage', request: http.IncomingMessage): URL {
    const { authorization, range } = request.headers;
    github.requests.push({ host, url: request.url ?? '', authorization, range });
    return new URL(request.url ?? '/', 'https://localhost');
  }

  function take(pathname: string): Mishap | undefined {
    return github.mishaps.get(decodeURIComponent(pathname))?.shift();
  }

  function count(pathname: string, bytes: number): void {
    const name = decodeURIComponent(pathname);
    github.sent.set(name, (github.sent.get(name) ?? 0) + bytes);
  }

  function send(
    pathname: string,
    request: http.IncomingMessage,
    response: http.ServerResponse,
    bytes: Buffer,
  ): void {
    const etag = `"${sha256(bytes).slice(0, 16)}"`;
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const same = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
    if (from > 0 && from >= bytes.length && same) {
      response.writeHead(416).end();
      return;
    }
    const part = same ? bytes.subarray(from) : bytes;
    const partial = same && from > 0;
    response.writeHead(partial ? 206 : 200, {
      etag,
      'content-type': 'application/octet-stream',
      'content-length': part.length,
      ...(partial && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    });
    count(pathname, part.length);
    response.end(part);
  }

  function misbehave(
    mishap: Mishap,
    pathname: string,
    request: http.IncomingMessage,
    response: http.ServerResponse,
    bytes: Buffer,
  ): void {
    const etag = `"${sha256(bytes).slice(0, 16)}"`;
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const rest = bytes.subarray(from);
    const ranged = from > 0 && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    const head = { etag, 'content-length': rest.length, ...ranged };
    const status = from > 0 ? 206 : 200;
    switch (mishap.do) {
      case 'reset':
        response.writeHead(status, head);
        count(pathname, mishap.after);
        response.write(rest.subarray(0, mishap.after), () => setTimeout(() => request.socket.destroy(), 30));
        return;
      case 'drip':
        response.writeHead(status, head);
        response.write(rest.subarray(0, 10));
        return;
      case 'hang':
        return;
      case 'short':
        response.writeHead(200, { 'content-length': mishap.length });
        response.end(bytes.subarray(0, mishap.length));
        return;
      case 'long':
        // Without a length, only reading shows how much there is.
        response.writeHead(200);
        response.end(Buffer.concat([bytes, Buffer.alloc(mishap.extra)]));
        return;
      case 'bytes':
        response.writeHead(200, { 'content-length': mishap.bytes.length });
        response.end(mishap.bytes);
        return;
      case 'page':
        response.writeHead(mishap.status, { 'content-type': 'text/html; charset=utf-8' }).end(mishap.html);
        return;
      case 'limit':
        response.writeHead(mishap.status, { 'content-type': 'application/json', ...mishap.headers });
        response.end('{"message":"API rate limit exceeded"}');
        return;
      case 'status':
        plain(response, mishap.status, 'no');
        return;
      case 'redirect':
        response.writeHead(302, { location: mishap.to }).end();
        return;
      case 'no-range':
        response.writeHead(200, { 'content-length': bytes.length });
        count(pathname, bytes.length);
        response.end(bytes);
    }
  }

  function answerApi(api: string, response: http.ServerResponse): void {
    const json = (status: number, value: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    const asked = /^\/repos\/([^/]+\/[^/]+)\/releases\/(latest|tags\/(.+))$/.exec(api);
    if (asked) {
      const tags = github.releases.get(asked[1] as string);
      const tag = asked[3] === undefined ? [...(tags?.keys() ?? [])].at(-1) : decodeURIComponent(asked[3]);
      const files = tag === undefined ? undefined : tags?.get(tag);
      if (files === undefined) return json(404, { message: 'Not Found' });
      const assets = [...files].map(([name, { bytes, digest }], id) => ({
        name,
        url: `${github.web}/api/v3/repos/${asked[1]}/releases/assets/${id + 1}`,
        size: bytes.length,
        browser_download_url: `${github.web}/${asked[1]}/releases/download/${encodeURIComponent(tag as string)}/${encodeURIComponent(name)}`,
        digest: digest === true ? `sha256:${sha256(bytes)}` : null,
      }));
      return json(200, { tag_name: tag, assets });
    }
    const commit = /^\/repos\/([^/]+\/[^/]+)\/commits\/(.+)$/.exec(api);
    if (commit) {
      const sha = github.commits.get(`${commit[1]} ${decodeURIComponent(commit[2] as string)}`);
      return sha === undefined ? json(422, { message: 'No commit found' }) : json(200, { sha });
    }
    const attested = /^\/repos\/[^/]+\/[^/]+\/attestations\/sha256:([0-9a-f]{64})$/.exec(api)?.[1];
    const bundles = attested === undefined ? undefined : github.attestations.get(attested);
    if (bundles !== undefined) return json(200, { attestations: bundles.map((bundle) => ({ bundle })) });
    json(404, { message: 'Not Found' });
  }
}

function plain(response: http.ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
}

export async function listen(server: Server): Promise<number> {
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Adds a file to a release. @returns its path in storage */
export function release(
  github: FakeGitHub,
  repo: string,
  tag: string,
  file: string,
  bytes: Buffer,
  digest = true,
): string {
  const tags = github.releases.get(repo) ?? new Map<string, Map<string, Served>>();
  github.releases.set(repo, tags);
  const files = tags.get(tag) ?? new Map<string, Served>();
  tags.set(tag, files);
  files.set(file, { bytes, digest });
  return `/${repo}/${tag}/${file}`;
}
