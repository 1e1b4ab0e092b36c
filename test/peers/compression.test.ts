/** Tests archives that other programs compressed: xz, bzip2 and zstd give the same files, and hostile ones are refused. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { repack } from '../../src/assets/archive/repack.ts';
import { archiveTreeDigest } from '../../src/assets/archive/tree-digest.ts';
import { withBakeErrors } from '../../src/assets/asset-error.ts';
import { refused } from '../assets/support/place.ts';
import { tar, type Entry } from '../assets/support/tar.ts';
import { emptyFolder } from '../support/project.ts';

const programs = ['xz', 'bzip2', 'zstd'] as const;
const missing = programs.filter((name) => spawnSync(name, ['--version'], { input: '' }).error !== undefined);
if (missing.length > 0 && process.env['CI'] === 'true') throw new Error(`${missing.join(', ')} not here`);
if (missing.length > 0) process.stderr.write(`skipped: ${missing.join(', ')} not here\n`);

const files: Entry[] = [
  { name: 'tool-1/bin/tool', type: '0', body: randomBytes(700_000), mode: 0o755 },
  { name: 'tool-1/doc', type: '2', target: 'bin/tool' },
  { name: 'tool-1/doc.txt', type: '0', body: Buffer.from('text') },
];
const limits = { name: 'tool', strip: 1, setuid: false, mebibytes: 1 };

function written(bytes: Buffer): string {
  const file = path.join(emptyFolder(), 'archive');
  fs.writeFileSync(file, bytes);
  return file;
}

function compressed(by: (typeof programs)[number], bytes: Buffer): Buffer {
  const { stdout, status } = spawnSync(by, ['-c'], { input: bytes, maxBuffer: 64 * 1024 * 1024 });
  expect(status).toBe(0);
  return stdout;
}

const unpacked = (file: string) => {
  const out = path.join(path.dirname(file), 'out.tar');
  return withBakeErrors(() => repack(file, out, limits));
};

describe.each(programs.filter((name) => !missing.includes(name)))('%s', (by) => {
  it('gives the same content and the same tree as the plain archive', async () => {
    const plain = written(tar(files));
    const file = written(compressed(by, tar(files)));
    expect(fs.statSync(file).size).not.toBe(fs.statSync(plain).size);
    expect(await unpacked(file)).toEqual(await unpacked(plain));
    expect(await archiveTreeDigest(file, 'tool')).toBe(await archiveTreeDigest(plain, 'tool'));
  });

  it('is refused and leaves nothing when the archive is cut off, damaged, a bomb or has paths outside', async () => {
    const whole = compressed(by, tar(files));
    const damaged = Buffer.from(whole);
    damaged.fill(0, 1000, 1100);
    const bomb = tar([{ name: 'zeros', type: '0', body: Buffer.alloc(8 * 1024 * 1024) }]);
    const out = tar([{ name: '../../etc/passwd', type: '0', body: Buffer.from('x') }]);
    for (const bytes of [whole.subarray(0, -500), damaged, compressed(by, bomb), compressed(by, out)]) {
      const file = written(bytes);
      expect(await refused(unpacked(file))).toMatchObject([{ code: 'ASSET_ARCHIVE', exit: 2 }]);
      expect(fs.readdirSync(path.dirname(file))).toEqual(['archive']);
    }
    // No decompressor is left waiting for its output to be read.
    await expect.poll(() => spawnSync('pgrep', ['-x', '-P', String(process.pid), by]).status).toBe(1);
  });
});
