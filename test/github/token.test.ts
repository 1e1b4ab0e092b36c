/** A token of GitHub is sent over TLS or to this machine, whatever address the environment names. */
import { once } from 'node:events';
import http, { createServer } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { connections } from '../../src/assets/connections.ts';
import { httpGet } from '../../src/assets/http.ts';
import { mayCarryToken } from '../../src/github/addresses.ts';
import { httpsTransport } from '../../src/github/https.ts';

/** @returns the address of a server, and the `authorization` of each request that reached it */
async function openServer(host: string): Promise<{ url: string; seen: (string | undefined)[] }> {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end('{}');
  });
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://${host}:${(server.address() as AddressInfo).port}/api`, seen };
}

const agents = { https: new https.Agent(), http: new http.Agent() };

test.each([
  ['https://api.github.com', true],
  ['https://ghe.corp.example/api/v3', true],
  ['http://127.0.0.1:8080', true],
  ['http://localhost:8080', true],
  ['http://api.github.com', false],
  ['http://ghe.corp.example/api/v3', false],
  ['http://127.0.0.1.evil.example', false],
  ['http://localhost.evil.example', false],
  ['http://localhost@evil.example', false],
  ['ftp://localhost', false],
])('%s may get the token: %s', (url, may) => {
  expect(mayCarryToken(new URL(url))).toBe(may);
});

// 127.0.0.2 stands for any other host: a plain connection to it can be read on the way.
test.each([
  ['127.0.0.2', undefined],
  ['127.0.0.1', 'Bearer of-nobody'],
])('a download from plain http://%s carries %s', async (host, expected) => {
  const { url, seen } = await openServer(host);
  const used = connections(agents);
  onTestFinished(() => used.close());
  const client = { connections: used, mayRedirect: () => false, stallSeconds: 5, token: 'of-nobody' };
  await httpGet(client, { name: 'a', url, authorized: true, onAnswer: () => () => {} });
  expect(seen).toEqual([expected]);
});

test.each(['GET', 'POST', 'PATCH'])('%s of the API is not sent over plain http', async (method) => {
  const { url, seen } = await openServer('127.0.0.2');
  const send = httpsTransport({ token: 'of-nobody', agent: agents.https });
  const asked = send({ method, url: new URL(url), headers: {}, content: undefined });
  await expect(asked).rejects.toThrow('is not https');
  expect(seen).toEqual([]);
});
