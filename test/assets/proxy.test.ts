/** Checks the errors for proxies that refuse a tunnel. */
import { once } from 'node:events';
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fakeGitHub, listen, release, type FakeGitHub } from './support/github.ts';
import { filesBelow, placeFor, refused, type Place } from './support/place.ts';

let github: FakeGitHub;
let place: Place;
let proxy: http.Server;
let answer: (socket: Duplex) => void;
let asked: string[];

beforeAll(async () => {
  github = await fakeGitHub();
  release(github, 'acme/tool', 'v1', 'tool.bin', Buffer.from('bytes'));
});
afterAll(() => github.close());
beforeEach(async () => {
  asked = [];
  proxy = http.createServer();
  proxy.on('connect', (request: http.IncomingMessage, socket: Duplex) => {
    asked.push(request.url ?? '');
    socket.on('error', () => {});
    answer(socket);
  });
  const port = await listen(proxy);
  place = placeFor(github, { HTTPS_PROXY: `http://localhost:${port}` });
  place.write('assets:\n  - { name: tool, release: { repo: acme/tool, tag: v1, file: tool.bin } }\n');
});
afterEach(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await once(proxy, 'close');
});

describe('a proxy that refuses CONNECT', () => {
  it.each([
    ['403 Forbidden', 'with its page', '403'],
    ['407 Proxy Authentication Required', 'and requires a login', '407'],
    ['503 Service Unavailable', 'because it has no way out itself', '503'],
  ])('with %s %s is reported with its status, the host and whom to ask', async (status, _, code) => {
    answer = (socket) => socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 22\r\n\r\n<title>Not you</title>`);
    const [error, ...more] = await refused(place.lock());
    expect(more).toEqual([]);
    expect(error).toMatchObject({ code: 'ASSET_PROXY_REFUSED', exit: 3 });
    const { host } = new URL(github.web);
    expect(error?.message).toContain(`the proxy refused a tunnel to ${host}`);
    expect(error?.message).toContain(code);
    expect(error?.hint).toContain(`to allow CONNECT ${host}, or`);
    expect(asked.every((one) => one === host)).toBe(true);
    expect(filesBelow(place.store).filter((file) => !file.startsWith('partial/'))).toEqual([]);
  });

  it('is not used for hosts of NO_PROXY', async () => {
    answer = (socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    place.env['NO_PROXY'] = 'localhost';
    await place.lock();
    expect(await place.fetch()).toMatchObject({ fetched: { files: 1 } });
    expect(asked).toEqual([]);
  });

  it('that hangs up instead of answering is a lost connection, not a refusal', async () => {
    answer = (socket) => socket.destroy();
    expect(await refused(place.lock())).toMatchObject([{ code: 'ASSET_UNREACHABLE', exit: 3 }]);
  });
});
