/** Tests the store: a folder and an S3 prefix behave the same, and errors say what is wrong. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession, type Session } from '../../src/aws/session.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import type { Sandbox } from '../../src/sandbox/contract.ts';
import { imageKey, stagedKey } from '../../src/store/keys.ts';
import { locationPattern } from '../../src/config/location.ts';
import { openStore, type Store, type StoredFile } from '../../src/store/store.ts';
import { sha256 } from '../../src/util/sha256.ts';

let folder: string;
let sandbox: Sandbox;
let aws: Session;
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bake-store-'));
  sandbox = await openSandbox({ state: path.join(folder, 'account'), rehearse: 'off' });
  const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
  aws = openSession({ env: {}, endpoint: sandbox.endpoint, credentials });
});
afterAll(async () => {
  aws.close();
  await sandbox.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const open = (location: string, region = 'us-east-1') => openStore(location, { aws, region, folder });
const kinds: [string, () => Promise<Store>][] = [
  ['a folder', () => open(`stores/${Math.random()}`)],
  ['a bucket', () => open(`s3://bakery-111122223333/${Math.random()}/`)],
];

describe.each(kinds)('%s', (_kind, fresh) => {
  it('returns stored bytes, and undefined for other keys', async () => {
    const store = await fresh();
    await store.check();
    expect(await store.get('images/x/a.json')).toBeUndefined();
    expect(await store.list('')).toEqual([]);
    expect(await store.put('images/x/a.json', 'one')).toBe('written');
    expect(await store.put('images/x/a.json', Buffer.from([0, 255, 10]))).toBe('written');
    expect(await store.get('images/x/a.json')).toEqual(Buffer.from([0, 255, 10]));
    expect(await store.get('images/x')).toBeUndefined();
    expect(await store.get('images/x/a.json/b')).toBeUndefined();
    await store.put('empty', '');
    expect(await store.get('empty')).toEqual(Buffer.alloc(0));
  });

  it('keeps an existing object with ifAbsent', async () => {
    const store = await fresh();
    expect(await store.put('k', 'first', { ifAbsent: true })).toBe('written');
    expect(await store.put('k', 'second', { ifAbsent: true })).toBe('kept');
    expect(String(await store.get('k'))).toBe('first');
  });

  it('stores a file from disk, and keeps an existing object with ifAbsent', async () => {
    const store = await fresh();
    const file = fileOf(Buffer.from('first'));
    expect(await store.putFile('staged/a/b', file, { ifAbsent: true })).toBe('written');
    expect(String(await store.get('staged/a/b'))).toBe('first');
    const other = fileOf(Buffer.from('second'));
    expect(await store.putFile('staged/a/b', other, { ifAbsent: true })).toBe('kept');
    expect(await store.putFile('staged/a/b', other)).toBe('written');
    expect(String(await store.get('staged/a/b'))).toBe('second');
  });

  it('lists complete keys by prefix, in order', async () => {
    const store = await fresh();
    for (const key of ['b/2', 'b/1', 'a/b/c', 'bc']) await store.put(key, key);
    expect(await store.list('b')).toEqual(['b/1', 'b/2', 'bc']);
    expect(await store.list('b/')).toEqual(['b/1', 'b/2']);
    expect(await store.list('')).toEqual(['a/b/c', 'b/1', 'b/2', 'bc']);
    expect(store.uriOf('b/1')).toBe(`${store.uri}/b/1`);
  });

  it('refuses a key that would leave the store', async () => {
    const store = await fresh();
    for (const key of ['../x', 'a//b', '/a', 'a/..', '', 'a\\b', 'a\0']) {
      await expect((async () => store.put(key, 'x'))()).rejects.toThrow('not a key of the store');
    }
  });
});

/** A new file with these bytes, as the argument of putFile. */
function fileOf(bytes: Buffer): StoredFile {
  const source = path.join(folder, `file-${Math.random()}`);
  fs.writeFileSync(source, bytes);
  return { source, size: bytes.length, sha256: sha256(bytes) };
}

describe('a file for a bucket', () => {
  it('is refused by S3 if its bytes do not match its digest', async () => {
    const store = await open(`s3://bakery-111122223333/${Math.random()}/`);
    const wrong = { ...fileOf(Buffer.from('right')), sha256: sha256('wrong') };
    await expect(store.putFile('k', wrong)).rejects.toThrow(/SHA256|checksum/i);
    expect(await store.get('k')).toBeUndefined();
  });

  it('is sent again from the start after an error of S3', async () => {
    const store = await open(`s3://bakery-111122223333/${Math.random()}/`);
    const faults = (body: object) =>
      fetch(`${sandbox.endpoint}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(body) });
    const bytes = Buffer.alloc(3_000_000, 'x');
    await faults({ serverError: 1 });
    const put = store.putFile('k', fileOf(bytes));
    setTimeout(() => void faults({}), 200);
    expect(await put).toBe('written');
    // Not toEqual, which compares byte by byte and is slow.
    expect((await store.get('k'))?.equals(bytes)).toBe(true);
  });
});

describe('a folder', () => {
  it('shows no partially written file, and an error names the folder that cannot be written', async () => {
    const store = await open('stores/one');
    await store.put('a', 'x');
    fs.writeFileSync(path.join(folder, 'stores/one/b.1234.tmp'), 'half');
    expect(await store.list('')).toEqual(['a']);
    fs.writeFileSync(path.join(folder, 'file'), '');
    const bad = await open('file/below');
    await expect(bad.put('a', 'x')).rejects.toMatchObject({ code: 'FOLDER_UNWRITABLE' });
    await expect(bad.check()).rejects.toMatchObject({ code: 'FOLDER_UNWRITABLE' });
    const fresh = await open('fresh/a/b');
    await fresh.check();
    expect(fs.existsSync(path.join(folder, 'fresh'))).toBe(false);
  });
});

describe('a bucket', () => {
  it('that does not exist is an environment error that says what to do', async () => {
    const store = await open('s3://no-such-bucket/p');
    const calls = [
      () => store.check(),
      () => store.get('a'),
      () => store.put('a', 'x'),
      () => store.put('a', 'x', { ifAbsent: true }),
      () => store.list(''),
    ];
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({
        code: 'STORE_MISSING',
        exit: 3,
        message: expect.stringContaining('no-such-bucket') as string,
      });
    }
  });

  it('in another Region is used there', async () => {
    const store = await open('s3://bakery-111122223333/far', 'eu-west-1');
    await store.put('a', 'x');
    expect(String(await store.get('a'))).toBe('x');
    expect(await store.list('')).toEqual(['a']);
  });

  it('that denies access is named in the error, with the call', async () => {
    const server = (await import('node:http')).createServer((_request, response) => {
      response.writeHead(403, { 'content-type': 'application/xml' });
      response.end('<Error><Code>AccessDenied</Code><Message>not you</Message></Error>');
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
    const denied = openSession({ env: {}, endpoint: `http://127.0.0.1:${port}`, credentials });
    const store = await openStore('s3://theirs', { aws: denied, region: 'us-east-1', folder });
    await expect(store.check()).rejects.toMatchObject({ code: 'STORE_DENIED', exit: 3 });
    await expect(store.get('a')).rejects.toMatchObject({ code: 'STORE_DENIED', exit: 3 });
    await expect(store.put('a', 'x', { ifAbsent: true })).rejects.toMatchObject({ code: 'STORE_DENIED' });
    denied.close();
    server.closeAllConnections();
    server.close();
  });
});

describe('a location', () => {
  it.each([
    '.bakery/store',
    '/var/store',
    's3://bakery',
    's3://bakery/',
    's3://bakery/a/b',
    's3://a.b-c/x_y/',
  ])('can be %s', (location) => expect(location).toMatch(locationPattern));
  it.each([
    'gs://bucket',
    'https://bucket',
    's3://',
    's3://A',
    's3://ab',
    's3://bucket//x',
    's3://b b/c',
    's3:/x',
    'x/',
  ])('cannot be %s', (location) => expect(location).not.toMatch(locationPattern));
});

describe('keys', () => {
  it('identify images by fingerprint and run, and staged files by digest', () => {
    const of = { fingerprint: `sha256:${'a'.repeat(64)}`, run: '3f9c2a71' };
    expect(imageKey(of, 'provenance')).toBe(`images/${'a'.repeat(64)}/3f9c2a71/provenance.dsse.json`);
    expect(stagedKey('ff', 'a file (1)/../x.tar')).toBe('staged/ff/a-file--1--..-x.tar');
  });
});
