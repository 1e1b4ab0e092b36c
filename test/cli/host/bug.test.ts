import fs from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { withWrites } from '../../../src/cli/host/bug.ts';
import { BakeError, errorsOf } from '../../../src/errors/bake-error.ts';
import { openJournal } from '../../../src/run/journal.ts';
import { emptyFolder } from '../../support/project.ts';

const folder = emptyFolder();
afterAll(() => fs.rmSync(folder, { recursive: true }));

const bug = (): BakeError[] => errorsOf(new TypeError('x is undefined'));
const hintOf = (command: string): string => withWrites(bug(), command)[0]?.hint ?? '';

it('an INTERNAL error names the writes in the journal and the command that resumes the work', () => {
  const journal = openJournal(path.join(folder, 'runs'), 'intent', () => new Date());
  expect(hintOf('bake run --os alinux2')).toContain('nothing had been written');

  journal.stage('bake', 'alinux2 x86_64', 'begun');
  journal.stage('bake', 'alinux2 x86_64', 'done');
  journal.stage('publish', 'alinux2 x86_64', 'begun');
  const hint = hintOf('bake run --os alinux2');
  expect(hint).toContain('bake alinux2 x86_64 was done, publish alinux2 x86_64 had begun');
  expect(hint).toContain('resumes the work: bake run --os alinux2');
  expect(hint).not.toContain('left as they were');
});

it('leaves any other error unchanged', () => {
  const error = new BakeError('BASE_NEEDED', { os: 'rocky9' });
  expect(withWrites([error], 'bake')).toEqual([error]);
});
