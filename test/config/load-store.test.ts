/** Tests what store, provenance and notify of bakery.yaml accept, and the errors for anything else. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { loadBakery } from '../../src/config/load.ts';
import { engines } from '../../src/engines/index.ts';
import { errorsOf } from '../../src/errors/bake-error.ts';
import { loadProject } from '../../src/pipeline/project.ts';
import type { Selection } from '../../src/pipeline/selection.ts';
import { emptyFolder } from '../support/project.ts';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => fs.rmSync(folder, { recursive: true })));

function write(line: string): string {
  const folder = emptyFolder();
  folders.push(folder);
  const file = path.join(folder, 'bakery.yaml');
  fs.writeFileSync(file, `version: 1\ntargets: [{ os: alinux2 }]\n${line}\n`);
  return file;
}

it.each([
  ['store: gs://bucket', 'CONFIG_VALUE', 'a folder such as .bakery/store, or s3://BUCKET/PREFIX'],
  ['store: s3://Bucket', 'CONFIG_VALUE', 's3://BUCKET/PREFIX'],
  ['provenance: { key: keys/a.pem }', 'CONFIG_VALUE', 'kms:alias/bakery'],
  ['provenance: {}', 'CONFIG_VALUE', 'kms:alias/bakery'],
  ['notify: { sns: "arn:aws:sns:us-east-1:111122223333:q.fifo" }', 'CONFIG_VALUE', 'not a FIFO topic'],
  ['notify: { on: [always] }', 'CONFIG_CHOICE', 'failed, missed, published'],
  ['notify: { channelMaxDays: 0 }', 'CONFIG_VALUE', 'from 1 to 3650'],
  ['schedule: { timezone: Mars/Base }', 'CONFIG_VALUE', 'schedule.timezone: expected an IANA time zone'],
  ['schedule: { timezone: "+01:00" }', 'CONFIG_VALUE', 'schedule.timezone: expected an IANA time zone'],
  ['schedule: { cron: 0 3 30 2 ? * }', 'CONFIG_VALUE', 'a date that exists'],
  ['schedule: { cron: "0 3 ? * TUE#9 *" }', 'CONFIG_VALUE', '1 to 5 after the #'],
])('%s is refused with its place and what to write', async (line, code, expected) => {
  const [error, ...more] = errorsOf(
    await loadBakery(write(line), {}, engines).catch((thrown: unknown) => thrown),
  );
  expect(more).toEqual([]);
  expect(error).toMatchObject({ code, exit: 2, place: { line: 3 } });
  expect(error?.message).toContain(expected);
});

it('reports a store whose path is a file', async () => {
  const file = write('store: bakery.yaml/store');
  const selection = { os: [], regions: [], rebake: false } as unknown as Selection;
  const thrown: unknown = await loadProject(file, selection, {}, new Date()).catch((error: unknown) => error);
  const error = errorsOf(thrown).find(({ message }) => message.startsWith('store:'));
  expect(error).toMatchObject({ code: 'CONFIG_VALUE', exit: 2, place: { line: 3, column: 8 } });
  expect(error?.message).toContain('bakery.yaml is a file');
});

it('accepts every valid form', async () => {
  const line = 'store: s3://bakery/x\nprovenance: { key: "file:keys/p.pem" }\nnotify: { github: true }';
  const { value } = await loadBakery(write(line), {}, engines);
  expect(value).toMatchObject({
    store: 's3://bakery/x',
    provenance: { key: 'file:keys/p.pem' },
    notify: { github: true, on: ['failed', 'missed'], channelMaxDays: 40 },
  });
});
