/** Tests that the tar reader does not throw for any bytes, and that it reads back what was written. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { readFirstFile } from '../../../src/engines/rehearsal/tar.ts';
import { writeTar } from '../../../src/util/tar.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 10_000);

it('reads any bytes without throwing', () => {
  const whole = writeTar([{ path: 'a', kind: 'file', mode: 0o644, uid: 0, content: Buffer.from('x') }]);
  const damaged = fc
    .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 20 })
    .map((changes) => {
      const copy = Buffer.from(whole);
      for (const [at, value] of changes) copy[at] = value;
      return copy;
    });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 1200 })), (bytes) => {
      const found = readFirstFile(Buffer.from(bytes));
      expect(found?.content.length ?? 0).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns },
  );
});

it('reads back what was written', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z][a-z/.]{0,50}$/),
      fc.uint8Array({ maxLength: 1500 }),
      (path, bytes) => {
        const content = Buffer.from(bytes);
        expect(readFirstFile(writeTar([{ path, kind: 'file', mode: 0o644, uid: 0, content }]))).toEqual({
          path,
          content,
        });
      },
    ),
    { numRuns },
  );
});
