/** Tests how the difference between two asset locks is shown. */
import { expect, it } from 'vitest';
import { diffLocks, type LockedAsset } from '../../src/assets/lock.ts';
import { lockDiffText } from '../../src/cli/lock-diff.ts';

const asset = (name: string, digit: string, more: Partial<LockedAsset> = {}): LockedAsset => ({
  name,
  kind: 'release',
  asked: `release acme/${name} latest ${name}.gz`,
  url: `https://github.com/acme/${name}/releases/download/v1/${name}.gz`,
  tag: 'v1',
  size: 3 * 1024 * 1024,
  sha256: digit.repeat(64),
  digestFrom: 'api',
  ...more,
});
const archive = (name: string, digit: string, tree: string) =>
  asset(name, digit, {
    kind: 'archive',
    tag: undefined,
    commit: 'c'.repeat(40),
    tree,
    digestFrom: 'download',
  });

it('shows a line for each changed asset, from old to new, with the source of its digest', () => {
  const before = [
    asset('uv', 'a', { arch: 'x86_64', attestations: 2 }),
    asset('moved', 'b'),
    archive('slurm', 'd', '1'.repeat(64)),
    archive('pmix', 'e', '1'.repeat(64)),
    asset('gone', 'f'),
    asset('same', '0'),
  ];
  const after = [
    asset('uv', '1', { arch: 'x86_64', attestations: 1, tag: 'v2', size: 4 * 1024 * 1024 }),
    asset('moved', 'c'),
    archive('slurm', '2', '1'.repeat(64)),
    archive('pmix', '3', '2'.repeat(64)),
    asset('same', '0'),
    asset('file', '4', { kind: 'url', tag: undefined, digestFrom: 'assets.yaml' }),
  ];
  expect(lockDiffText(diffLocks({ assets: before }, { assets: after }))).toBe(
    [
      '+  file         github.com    3.0 MiB            44444444             the digest of assets.yaml',
      "~  uv (x86_64)  v1 → v2       3.0 MiB → 4.0 MiB  aaaaaaaa → 11111111  GitHub's digest · 1 attestation",
      "~  moved        v1            3.0 MiB            bbbbbbbb → cccccccc  other bytes under the same name · GitHub's digest · not attested",
      '~  slurm        cccccccccccc  3.0 MiB            dddddddd → 22222222  the same files, packed again · first download · archives are never attested',
      '~  pmix         cccccccccccc  3.0 MiB            eeeeeeee → 33333333  other files under the same name · first download · archives are never attested',
      '-  gone         v1            3.0 MiB            ffffffff',
      '1 added · 4 changed · 1 removed · 1 unchanged',
    ].join('\n'),
  );
});

it('shows only the counts if nothing changed', () => {
  const one = { assets: [asset('uv', 'a')] };
  expect(lockDiffText(diffLocks(one, one))).toBe('0 added · 0 changed · 0 removed · 1 unchanged');
});
