/** Tests the table of errors: every row is used and complete, and thrown values become errors of the table. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BakeError, errorsOf, exitOf } from '../../src/errors/bake-error.ts';
import { errorTable } from '../../src/errors/table.ts';
import { repository } from '../support/project.ts';

const source = fs
  .readdirSync(path.join(repository, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('errors/table.ts'))
  .map((file) => fs.readFileSync(path.join(repository, 'src', file), 'utf8'))
  .join('\n');

describe('the table of errors', () => {
  it('has no row that nothing throws', () => {
    expect(Object.keys(errorTable).filter((code) => !source.includes(`'${code}'`))).toEqual([]);
  });

  it('has a title and an exit code of the contract in every row', () => {
    for (const [code, row] of Object.entries(errorTable)) {
      expect(row.title.length, code).toBeGreaterThan(10);
      expect([1, 2, 3, 4, 70, 130]).toContain(row.exit);
    }
  });
});

describe('a thrown value', () => {
  it('is a bug of bake unless it is a BakeError', () => {
    expect(errorsOf(new TypeError('x is undefined'))[0]).toMatchObject({ code: 'INTERNAL', exit: 70 });
    expect(errorsOf('a string')[0]).toMatchObject({ code: 'INTERNAL' });
  });

  it('is an error of the environment if the disk is full or read-only', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC', path: '/x' });
    expect(errorsOf(full)[0]).toMatchObject({ code: 'FOLDER_UNWRITABLE', exit: 3 });
  });

  it('gives the highest exit code of all errors', () => {
    const errors = [
      new BakeError('BASE_NEEDED', { os: 'rocky9' }),
      new BakeError('BAKE_CANCELLED', { target: 'a' }),
    ];
    expect(exitOf(errors)).toBe(4);
  });
});
