/** A real browser tries to change the account from a page of another origin, in each way that HTML and scripts have. */
import { spawn, spawnSync } from 'node:child_process';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeKeyPairsCommand } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { afterTest, openAccount, temporaryFolder } from './account.ts';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const chromium = PROGRAMS.find((name) => spawnSync(name, ['--version']).status === 0);

/** Each way makes the browser send a request to URL, as HTML of a page or as a script. */
const MARKUP = {
  image: '<img src="URL">',
  'image of a set': '<img srcset="URL 1x">',
  'image map button': '<input type="image" src="URL">',
  script: '<script src="URL"></script>',
  module: '<script type="module" src="URL"></script>',
  'style sheet': '<link rel="stylesheet" href="URL">',
  background: '<div style="width:9px;height:9px;background:url(\'URL\')">x</div>',
  icon: '<link rel="preload" as="image" href="URL">',
  font: '<style>@font-face{font-family:f;src:url("URL")}</style><p style="font-family:f">x</p>',
  frame: '<iframe src="URL"></iframe>',
  'frame without a referrer': '<iframe referrerpolicy="no-referrer" sandbox="" src="URL"></iframe>',
  object: '<object data="URL"></object>',
  embed: '<embed src="URL">',
  audio: '<audio src="URL" preload="auto"></audio>',
  video: '<video src="URL" preload="auto"></video>',
  'picture of a video': '<video poster="URL"></video>',
  'image in SVG': '<svg><image href="URL"/></svg>',
  'refresh in a frame': '<iframe srcdoc="<meta http-equiv=refresh content=\'0;url=URL\'>"></iframe>',
  'form by GET': '<iframe name="g"></iframe><form target="g" action="BASE">FIELDS</form>',
  'form by POST': '<iframe name="p"></iframe><form method="post" target="p" action="URL">FIELDS</form>',
  'form as text':
    '<iframe name="t"></iframe><form method="post" enctype="text/plain" target="t" action="URL">FIELDS</form>',
  'form of a data page':
    '<iframe src="data:text/html,<form method=post action=\'QUOTED\'>FIELDS</form><script>document.forms[0].submit()</script>"></iframe>',
  fetch: "<script>fetch('URL', { mode: 'no-cors' }).catch(() => {})</script>",
  'fetch with POST':
    "<script>fetch('URL', { mode: 'no-cors', method: 'POST', body: 'QUERY' }).catch(() => {})</script>",
  'fetch with CORS': "<script>fetch('URL').catch(() => {})</script>",
  'request object':
    "<script>{ const x = new XMLHttpRequest(); x.open('POST', 'URL'); x.send('QUERY') }</script>",
  beacon: "<script>navigator.sendBeacon('URL', 'QUERY')</script>",
  events: "<script>new EventSource('URL')</script>",
  'web socket': "<script>new WebSocket('URL'.replace('http', 'ws'))</script>",
  'script of a worker':
    '<script>new Worker(URL.createObjectURL(new Blob(["importScripts(\'URL_\')"])))</script>',
  'fetch of a worker':
    "<script>new Worker(URL.createObjectURL(new Blob([\"fetch('URL_', { mode: 'no-cors' })\"])))</script>",
} as const;

const ways = Object.keys(MARKUP);

/** The address that makes a key pair named after the way, as the issue's own attack writes it. */
function addressOf(base: string, way: string): string {
  const now = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const fields = new URLSearchParams({
    Action: 'CreateKeyPair',
    KeyName: way,
    Version: '2016-11-15',
    'X-Amz-Credential': `x/${now.slice(0, 8)}/us-east-1/ec2/aws4_request`,
    'X-Amz-Date': now,
    'X-Amz-Expires': '3600',
  });
  return `${base}/?${fields.toString()}`;
}

/** A page that tries each way on each address. */
function page(bases: readonly string[]): string {
  const parts = bases.flatMap((base, at) =>
    Object.entries(MARKUP).map(([way, markup]) => {
      const address = addressOf(base, way);
      const query = address.slice(address.indexOf('?') + 1);
      const fields = [...new URLSearchParams(query)]
        .map(([name, value]) => `<input name='${name}' value='${value}'>`)
        .join('');
      return markup
        .replaceAll('URL.createObjectURL', 'CREATE')
        .replaceAll('URL_', address)
        .replaceAll('URL', address)
        .replaceAll('CREATE', 'URL.createObjectURL')
        .replaceAll('QUOTED', address.replaceAll('%', '%25').replaceAll('+', '%2B'))
        .replaceAll('QUERY', query)
        .replaceAll('BASE', `${base}/`)
        .replaceAll('FIELDS', fields)
        .replaceAll(/(name|target)="([gpt])"/g, `$1="$2${at}"`);
    }),
  );
  return `<!doctype html><body>${parts.join('\n')}<script>for (const form of document.forms) form.submit()</script>`;
}

interface Recorder {
  /** Where the page is. */
  page: string;
  /** Resolves with the ways that arrived, once each of them has arrived, or the browser has ended. */
  arrived: Set<string>;
  complete: Promise<void>;
}

/** Serves the page of the attacker and notes each way that reaches an ordinary server. */
async function openRecorder(target: string): Promise<Recorder> {
  const arrived = new Set<string>();
  let done: (() => void) | undefined;
  const complete = new Promise<void>((resolve) => (done = resolve));
  let base = '';
  const server = createServer((asked, answer) => {
    const url = new URL(asked.url ?? '/', 'http://page');
    if (url.pathname === '/page') {
      answer.setHeader('content-type', 'text/html');
      // The recorder comes last, so what arrives there was sent to the sandbox before.
      answer.end(page([target, base]));
      return;
    }
    const way = url.searchParams.get('KeyName');
    if (way !== null) arrived.add(way);
    answer.end();
    if (arrived.size === ways.length) done?.();
  });
  server.on('upgrade', (asked, socket) => {
    arrived.add(new URL(asked.url ?? '/', 'http://page').searchParams.get('KeyName') ?? '');
    socket.destroy();
    if (arrived.size === ways.length) done?.();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  afterTest(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { page: `${base.replace('127.0.0.1', 'localhost')}/page`, arrived, complete };
}

/** Opens a page in Chromium until the test ends. @returns a promise of its end */
async function browse(program: string, address: string): Promise<void> {
  const profile = await temporaryFolder();
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
  const browser = spawn(
    program,
    [
      ...flags,
      '--disable-background-networking',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      address,
    ],
    { stdio: 'ignore', detached: true },
  );
  const ended = new Promise<void>((resolve) => browser.once('exit', () => resolve()));
  afterTest(async () => {
    if (browser.pid !== undefined && browser.exitCode === null) process.kill(-browser.pid, 'SIGKILL');
    await ended;
  });
}

describe('a web page', () => {
  test.skipIf(chromium === undefined)(
    `changes nothing in any of ${ways.length} ways that Chromium has${chromium ? '' : ' (skipped: no Chromium here)'}`,
    { timeout: 120_000 },
    async () => {
      const { sandbox, ec2 } = await openAccount();
      const recorder = await openRecorder(sandbox.endpoint);
      await browse(chromium as string, recorder.page);
      const late = new Promise<void>((resolve) => setTimeout(resolve, 60_000).unref());
      await Promise.race([recorder.complete, late]);
      expect(ways.filter((way) => !recorder.arrived.has(way))).toEqual([]);
      const { KeyPairs } = await ec2.send(new DescribeKeyPairsCommand({}));
      expect(KeyPairs?.map(({ KeyName }) => KeyName)).toEqual([]);
    },
  );

  test.each(['cross-site', 'same-site', 'same-origin', 'none', 'anything'])(
    'is recognized by Sec-Fetch-Site: %s, whatever it asks for',
    async (site) => {
      const { sandbox, ec2 } = await openAccount();
      const { endpoint } = sandbox;
      const headers = { 'sec-fetch-site': site };
      for (const path of [
        addressOf(endpoint, 'a').slice(endpoint.length),
        '/_sandbox/watch',
        '/_sandbox/calls',
      ])
        for (const method of ['GET', 'POST'])
          expect(await status(endpoint, { method, path, headers }), `${method} ${path}`).toBe(403);
      expect((await ec2.send(new DescribeKeyPairsCommand({}))).KeyPairs).toEqual([]);
    },
  );
});

test.each(['CreateKeyPair', 'DeregisterImage', 'RunInstances', 'TerminateInstances', 'DeleteSnapshot'])(
  '%s by a GET is refused without any header of a browser',
  async (action) => {
    const { sandbox } = await openAccount();
    const { endpoint } = sandbox;
    const path = addressOf(endpoint, 'a').slice(endpoint.length).replace('CreateKeyPair', action);
    expect(await status(endpoint, { method: 'GET', path, headers: {} })).toBe(403);
  },
);

test('reading by a GET stays possible, and so does a presigned object in a browser', async () => {
  const { sandbox } = await openAccount();
  const { endpoint } = sandbox;
  const path = addressOf(endpoint, 'a').slice(endpoint.length);
  const read = path.replace('CreateKeyPair', 'DescribeKeyPairs').replace('&KeyName=a', '');
  expect(await status(endpoint, { method: 'GET', path: read, headers: {} })).toBe(200);
  const object = `/bucket/key${path.slice(1).replace('ec2', 's3')}`;
  const headers = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' };
  // The bucket does not exist; the answer is that of S3.
  expect(await status(endpoint, { method: 'GET', path: object, headers })).toBe(404);
  expect(await status(endpoint, { method: 'PUT', path: object, headers })).toBe(403);
});

function status(
  endpoint: string,
  { method, path, headers }: { method: string; path: string; headers: Record<string, string> },
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${endpoint}${path}`, { method, headers, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.on('error', reject);
    sent.end();
  });
}
