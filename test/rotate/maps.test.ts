/** Tests of --map: pairs, CSV, JSON, and the place of each error. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorsOf } from '../../src/errors/bake-error.ts';
import { chained, readMaps } from '../../src/rotate/maps.ts';
import { emptyFolder } from '../support/project.ts';

const A = 'ami-0123456789abcdef0';
const B = 'ami-0fedcba9876543210';
const C = 'ami-12345678';

let folder: string;
beforeAll(() => {
  folder = emptyFolder();
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

function write(name: string, text: string | Buffer): string {
  fs.writeFileSync(path.join(folder, name), text);
  return name;
}

async function refused(...words: string[]) {
  const thrown = await readMaps(words, folder).then(
    () => [],
    (error: unknown) => errorsOf(error),
  );
  return thrown.map(({ code, message, place, exit }) => ({
    code,
    message,
    exit,
    place: [place.file, place.line, place.column],
  }));
}

it('reads any number of pairs, with ids of 8 and 17 digits', async () => {
  expect([...(await readMaps([`${A}=${B}`, `${C}=${A}`, `${A}=${B}`], folder))]).toEqual([
    [A, B],
    [C, A],
  ]);
});

it.each([
  ['plain.csv', `${A},${B}\n${C},${A}\n`],
  ['heading.csv', `old,new\n${A},${B}\n${C},${A}`],
  ['excel.csv', `\ufeff"Old id";"New id";note\r\n"${A}";"${B}";x\r\n\r\n${C};${A};\r\n`],
  ['tabs.CSV', `${A}\t${B}\r# a comment\r${C} \t ${A}\r`],
  ['object.json', JSON.stringify({ [A]: B, [C]: A })],
  ['indented.json', JSON.stringify({ [A]: B, [C]: A }, null, '\t')],
  ['list.json', JSON.stringify([{ from: A, to: B }, { from: C, to: A, note: 'x' }])],
])('reads %s', async (name, text) => {
  expect([...(await readMaps([write(name, text)], folder))]).toEqual([
    [A, B],
    [C, A],
  ]);
}); // prettier-ignore

it('finds ids that a second run would move again', () => {
  expect(chained(new Map([[A, B], [B, A]]))).toEqual([B, A]); // prettier-ignore
  expect(chained(new Map([[A, B], [B, C]]))).toEqual([B]); // prettier-ignore
  expect(chained(new Map([[A, B], [C, C]]))).toEqual([]); // prettier-ignore
});

describe('refuses with the place', () => {
  it.each<[string, string, string, [number, number] | undefined, RegExp]>([
    ['an id with a wrong form', 'bad-id.csv', `${A},${B}\n${C},ami-xyz\n`, [2, 1], /8 or 17 hex digits, found ami-xyz/],
    ['a second target', 'twice.csv', `${A},${B}\n${A},${C}\n`, [2, 1], new RegExp(`one new id for ${A}, found ${B} and ${C}`)],
    ['a line with one field', 'short.csv', `old,new\n${A}\n`, [2, 1], /expected old,new, found ami-/],
    ['JSON that is broken', 'broken.json', `{"${A}": \n`, [1, 27], /expected JSON/],
    ['a duplicate key', 'dup.json', `{"${A}": "${B}",\n "${A}": "${C}"}`, [2, 2], /duplicate key/],
    ['JSON of another structure', 'shape.json', `[\n  {"old": "${A}"}]`, [2, 3], /expected \{"OLD": "NEW"\}/],
    ['no map at all', 'none.json', '7', undefined, /expected \{"OLD": "NEW"\}/],
    ['an id that is a number', 'number.json', `{"${A}": 7}`, [1, 2], /hex digits, found 7/],
  ])('%s', async (_, name, text, place, message) => {
    const [error, ...more] = await refused(write(name, text));
    expect(more).toEqual([]);
    expect(error).toMatchObject({ code: 'ROTATE_MAP', exit: 2, message: expect.stringMatching(message) as string });
    expect(error?.place).toEqual([name, ...(place ?? [undefined, undefined])]);
  }); // prettier-ignore

  it('all problems together', async () => {
    const errors = await refused(`${A}=x`, 'nothing', 'absent.csv', write('latin1.csv', Buffer.from([0xff])));
    expect(errors.map(({ code, message }) => [code, message])).toEqual([
      ['ROTATE_MAP', '--map: expected OLD=NEW, or a file that ends in .csv or .json, found nothing'],
      ['FILE_MISSING', '--map: absent.csv does not exist'],
      ['ROTATE_MAP', '--map: expected UTF-8 text, found other bytes'],
      ['ROTATE_MAP', '--map: expected ami- and 8 or 17 hex digits, found x'],
    ]);
  });

  it('a target in one file that contradicts a pair on the command line', async () => {
    const errors = await refused(`${A}=${C}`, write('contradicts.csv', `${A},${B}`));
    expect(errors).toMatchObject([{ code: 'ROTATE_MAP', place: ['contradicts.csv', 1, 1] }]);
  });
});
