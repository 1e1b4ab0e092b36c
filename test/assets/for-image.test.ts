/** Checks what images get of the assets: each file is read without being kept, checked each time, and only where used. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { SMALL_FILE } from '../../src/image/step.ts';
import { imageParts } from '../../src/image/parts.ts';
import { imageSteps } from '../../src/image/steps.ts';
import { loadProject } from '../../src/pipeline/project.ts';
import { packagedTemplates } from '../../src/text/templates.ts';
import { sha256 } from '../../src/util/sha256.ts';
import { emptyFolder } from '../support/project.ts';
import { refused } from './support/place.ts';
import { tar } from './support/tar.ts';

let folder: string;
const folders: string[] = [];
beforeEach(() => {
  folder = emptyFolder();
  folders.push(folder);
  write('recipe.yaml', 'steps: [assets]\n');
  write(
    'bakery.yaml',
    'version: 1\ndefaults: { recipe: recipe.yaml }\ntargets: [{ os: alinux2023, arch: [x86_64, arm64] }]\nassets: assets.yaml\n',
  );
});
afterAll(() => folders.forEach((each) => fs.rmSync(each, { recursive: true })));

function write(file: string, content: string | Buffer): void {
  fs.writeFileSync(path.join(folder, file), content);
}

/** Writes assets.yaml with one file per asset. */
function list(...assets: { name: string; content: Buffer; more?: string }[]): void {
  const entries = assets.map(({ name, content, more = '' }) => {
    write(name, content);
    return `  - { name: ${name}, file: ${name}, sha256: ${sha256(content)}, path: /opt/site/${name}${more} }\n`;
  });
  write('assets.yaml', `version: 1\nassets:\n${entries.join('')}`);
}

async function jobs() {
  const selection = { os: [], regions: [], rebake: false } as unknown as Parameters<typeof loadProject>[1];
  return (await loadProject(path.join(folder, 'bakery.yaml'), selection, {}, new Date())).jobs;
}

test('describes a file to an image by path and digest, with the content of small ones only', async () => {
  const large = Buffer.alloc(SMALL_FILE + 1, 'x');
  list({ name: 'large', content: large }, { name: 'small', content: large.subarray(1) });
  const [job] = await jobs();
  expect(job?.image.assets.map(({ file }) => file)).toEqual([
    { sha256: sha256(large), size: large.length, source: path.join(folder, 'large') },
    {
      sha256: sha256(large.subarray(1)),
      size: SMALL_FILE,
      source: path.join(folder, 'small'),
      content: large.subarray(1).toString('base64'),
    },
  ]);
});

test('puts no byte of an asset into a script: other bytes change its digest there, and nothing else', async () => {
  const scriptWith = async (content: Buffer): Promise<string> => {
    list({ name: 'a', content });
    const [job] = await jobs();
    if (!job) throw new Error('no job');
    const steps = imageSteps(imageParts(job.image), packagedTemplates());
    return steps.find(({ id }) => id === 'asset-a')?.script.replaceAll(sha256(content), 'DIGEST') ?? '';
  };
  const one = await scriptWith(Buffer.from('one'));
  expect(await scriptWith(Buffer.alloc(100_000))).toBe(one);
  expect(one.length).toBeLessThan(1500);
});

test('hides from an image what only another architecture gets', async () => {
  list(
    { name: 'both', content: Buffer.from('both') },
    { name: 'arm', content: Buffer.from('arm'), more: ', for: { arch: [arm64] }' },
    { name: 'never', content: Buffer.from('never'), more: ', for: { os: [rocky9] }' },
  );
  const found = (await jobs()).map(({ target, image, carried }) => [
    target.arch,
    image.assets.map(({ name }) => name),
    Object.keys(carried),
  ]);
  expect(found).toEqual([
    ['x86_64', ['both'], ['asset both']],
    ['arm64', ['both', 'arm'], ['asset both', 'asset arm arm64']],
  ]);
});

test('gives no asset to an image whose recipe installs none', async () => {
  write('recipe.yaml', 'steps: [hygiene]\n');
  list({ name: 'a', content: Buffer.from('a') });
  const [job] = await jobs();
  expect([job?.image.assets, job?.carried]).toEqual([[], {}]);
});

test('describes an archive by the tar that it was repacked to', async () => {
  list({
    name: 'a.tar',
    content: tar([{ name: 'x/y', type: '0', body: Buffer.alloc(20_000), mode: 0o644 }]),
    more: ', unpack: { strip: 1 }',
  });
  const [job] = await jobs();
  const [asset] = job?.image.assets ?? [];
  const made = fs.readFileSync(asset?.file.source ?? '');
  expect(asset?.file).toEqual({ sha256: sha256(made), size: made.length, source: asset?.file.source });
  expect(asset?.sha256).not.toBe(asset?.file.sha256);
});

test('refuses a file of more than 2 GiB without reading it', async () => {
  list({ name: 'huge', content: Buffer.from('x') });
  fs.truncateSync(path.join(folder, 'huge'), 2 ** 31 + 1);
  const before = bytesRead();
  expect(await refused(jobs())).toMatchObject([{ code: 'ASSET_TOO_LARGE' }]);
  expect(bytesRead() - before).toBeLessThan(2 ** 30);
});

test('refuses a changed file, a folder and a missing file at their place', async () => {
  list({ name: 'a', content: Buffer.from('a') }, { name: 'b', content: Buffer.from('b') }, { name: 'c', content: Buffer.from('c') }); // prettier-ignore
  write('a', 'A');
  fs.rmSync(path.join(folder, 'b'));
  fs.mkdirSync(path.join(folder, 'b'));
  fs.rmSync(path.join(folder, 'c'));
  expect(await refused(jobs())).toMatchObject([
    { code: 'ASSET_DIGEST', place: { line: 3 } },
    { code: 'FILE_UNREADABLE', place: { line: 4 } },
    { code: 'FILE_MISSING', place: { line: 5 } },
  ]);
});

/** The bytes that this process has read so far (proc(5), `rchar`); 0 where the system does not count them. */
function bytesRead(): number {
  const io = fs.existsSync('/proc/self/io') ? fs.readFileSync('/proc/self/io', 'utf8') : '';
  return Number(/^rchar: (\d+)/m.exec(io)?.[1] ?? 0);
}
