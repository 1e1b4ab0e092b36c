/** Checks that the archives we write are what POSIX says; test/lab proves that GNU tar reads them. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { tarEntries } from '../../src/assets/archive/tar.ts';
import { readFirstFile } from '../../src/engines/rehearsal/tar.ts';
import { writeTar, type TarEntry } from '../../src/util/tar.ts';

const empty = { kind: 'file', mode: 0o644, uid: 0, content: Buffer.alloc(0) } as const;

async function pathsAndTargets(entries: readonly TarEntry[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { entry } of tarEntries(Readable.from([writeTar(entries)]))) {
    found.push('target' in entry ? `${entry.path} -> ${entry.target}` : entry.path);
  }
  return found;
}

describe('writeTar', () => {
  it('writes whole blocks and two empty ones at the end', () => {
    const tar = writeTar([{ path: 'a', kind: 'file', mode: 0o644, uid: 0, content: Buffer.from('hello') }]);
    expect(tar).toHaveLength(512 * 4);
    expect(tar.subarray(1024).every((byte) => byte === 0)).toBe(true);
  });

  it('writes what readFirstFile reads', () => {
    const content = Buffer.from('{"a":1}');
    const tar = writeTar([{ path: 'in/x.json', kind: 'file', mode: 0o600, uid: 7, content }]);
    expect(readFirstFile(tar)).toEqual({ path: 'in/x.json', content });
  });

  it('writes the checksum of each header', () => {
    const block = writeTar([{ path: 'd', kind: 'folder', mode: 0o1777, uid: 0 }]).subarray(0, 512);
    const stated = Number.parseInt(block.toString('latin1', 148, 154), 8);
    const summed = [...block].reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0);
    expect(stated).toBe(summed);
    expect(block.toString('latin1', 0, 2)).toBe('d/');
    expect(block.toString('latin1', 156, 157)).toBe('5');
  });

  it('keeps names and link targets of any length', async () => {
    const long = `${'a'.repeat(90)}/${'é'.repeat(150)}`;
    const target = 'b'.repeat(300);
    expect(
      await pathsAndTargets([
        { ...empty, path: long },
        { path: 'l', kind: 'link', target },
      ]),
    ).toEqual([long, `l -> ${target}`]);
  });
});
