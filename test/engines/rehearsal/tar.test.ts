/** Owns the proof that the archives we write are what POSIX says; that tar reads them is proven in test/lab. */
import { describe, expect, it } from 'vitest';

import { readFirstFile, writeTar } from '../../../src/engines/rehearsal/tar.ts';

describe('writeTar', () => {
  it('writes whole blocks and two empty ones at the end', () => {
    const tar = writeTar([{ path: 'a', kind: 'file', mode: 0o644, uid: 0, content: Buffer.from('hello') }]);
    expect(tar).toHaveLength(512 * 4);
    expect(tar.subarray(1024).every((byte) => byte === 0)).toBe(true);
  });

  it('is read back', () => {
    const content = Buffer.from('{"a":1}');
    const tar = writeTar([{ path: 'in/x.json', kind: 'file', mode: 0o600, uid: 7, content }]);
    expect(readFirstFile(tar)).toEqual({ path: 'in/x.json', content });
  });

  it('has the checksum of its header', () => {
    const block = writeTar([{ path: 'd', kind: 'folder', mode: 0o1777, uid: 0 }]).subarray(0, 512);
    const said = Number.parseInt(block.toString('latin1', 148, 154), 8);
    const summed = [...block].reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0);
    expect(said).toBe(summed);
    expect(block.toString('latin1', 0, 2)).toBe('d/');
    expect(block.toString('latin1', 156, 157)).toBe('5');
  });

  it('splits a long path at a slash', () => {
    const path = `${'a'.repeat(90)}/${'b'.repeat(90)}`;
    const block = writeTar([{ path, kind: 'file', mode: 0o644, uid: 0, content: Buffer.alloc(0) }]);
    expect(block.toString('latin1', 345, 345 + 91)).toBe(`${'a'.repeat(90)}\0`);
    expect(block.toString('latin1', 0, 91)).toBe(`${'b'.repeat(90)}\0`);
  });

  it('refuses a path that no tar can hold', () => {
    const entry = {
      path: 'a'.repeat(300),
      kind: 'file',
      mode: 0o644,
      uid: 0,
      content: Buffer.alloc(0),
    } as const;
    expect(() => writeTar([entry])).toThrow(/too long/);
  });
});

describe('readFirstFile', () => {
  it('knows what is no tar', () => {
    expect(readFirstFile(Buffer.from('not a tar'))).toBeUndefined();
    expect(readFirstFile(Buffer.alloc(1024))).toBeUndefined();
  });

  it('reads past pax headers', () => {
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

  it('knows a tar that was cut off', () => {
    const tar = writeTar([{ path: 'a', kind: 'file', mode: 0o644, uid: 0, content: Buffer.alloc(700, 1) }]);
    expect(readFirstFile(tar.subarray(0, 1000))).toBeUndefined();
  });
});
