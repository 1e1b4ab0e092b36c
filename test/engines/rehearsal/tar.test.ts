/** Tests the reader of the first file of a saved layer. */
import { describe, expect, it } from 'vitest';

import { readFirstFile } from '../../../src/engines/rehearsal/tar.ts';
import { writeTar } from '../../../src/util/tar.ts';

describe('readFirstFile', () => {
  it('returns nothing for bytes that are not a tar', () => {
    expect(readFirstFile(Buffer.from('not a tar'))).toBeUndefined();
    expect(readFirstFile(Buffer.alloc(1024))).toBeUndefined();
  });

  it('ignores pax headers', () => {
    const pax = writeTar([
      { path: 'PaxHeaders/a', kind: 'file', mode: 0o644, uid: 0, content: Buffer.from('30 mtime=1.5\n') },
    ]);
    pax.write('x', 156);
    const file = writeTar([{ path: 'a', kind: 'file', mode: 0o644, uid: 0, content: Buffer.from('x') }]);
    expect(readFirstFile(Buffer.concat([pax.subarray(0, 1024), file]))).toEqual({
      path: 'a',
      content: Buffer.from('x'),
    });
  });

  it('returns nothing for a tar that is cut off', () => {
    const tar = writeTar([{ path: 'a', kind: 'file', mode: 0o644, uid: 0, content: Buffer.alloc(700, 1) }]);
    expect(readFirstFile(tar.subarray(0, 1000))).toBeUndefined();
  });
});
