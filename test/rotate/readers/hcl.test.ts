/** Compares our reading of HCL with HashiCorp's own parser, compiled to WebAssembly. */
import assert from 'node:assert/strict';
import { parse } from '@cdktf/hcl2json';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { hcl } from '../../../src/rotate/formats/hcl.ts';
import { splice } from '../../../src/rotate/splice.ts';
import { documents, id, scraps } from '../formats/documents.ts';

const masked = (value: unknown) => JSON.stringify(value).replace(/ami-[0-9a-f]+/g, 'ami-');

/** Returns undefined if the parser refuses the text. */
async function meaning(text: string): Promise<unknown> {
  return parse('x.tf', text).then(
    (value) => value,
    () => undefined,
  );
}

it('reads what the parser reads, and the parser sees the same ids change', async () => {
  const document = documents['tf'];
  assert.ok(document);
  let rotated = 0;
  await fc.assert(
    fc.asyncProperty(document, id, async (text, to) => {
      const plain = text.replace('\ufeff', '');
      const before = Buffer.from(plain);
      const { references, errors } = hcl.find('x.tf', before);
      assert.deepEqual(errors, []);
      const old = await meaning(plain);
      // It refuses to merge blocks of the same name with different attributes, which does not concern rotation.
      if (old === undefined) return;
      const edits = references.flatMap(({ path, start, end, id: from }) => {
        return from === to ? [] : [{ kind: 'id' as const, path, start, end, from, to }];
      });
      const after = splice('x.tf', before, edits);
      if (after === 'done') return;
      rotated += 1;
      const now = await meaning(after.toString());
      assert.equal(masked(now), masked(old));
      assert.notDeepEqual(now, old);
      assert.ok(JSON.stringify(now).includes(to));
    }),
    { numRuns: 60 },
  );
  expect(rotated).toBeGreaterThan(20);
}, 60_000);

it('refuses nothing that the parser accepts', async () => {
  const pieces = fc.array(fc.constantFrom(...scraps.filter((one) => /^[\x20-\x7e\n\t]*$/.test(one))), {
    maxLength: 10,
  });
  let read = 0;
  await fc.assert(
    fc.asyncProperty(pieces, async (parts) => {
      const text = `a = "ami-0123456789abcdef0"\n${parts.join('')}`;
      if ((await meaning(text)) === undefined) return;
      read += 1;
      assert.deepEqual(hcl.find('x.tf', Buffer.from(text)).errors, [], text);
    }),
    { numRuns: 400 },
  );
  expect(read).toBeGreaterThan(10);
}, 60_000);
