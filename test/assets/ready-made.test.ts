/** Checks the ready-made entries: one list per release, and the changes in what builds fetched from GitHub. */
import { describe, expect, it } from 'vitest';
import { readyMade } from '../../src/assets/ready-made.ts';
import { requestedAssets } from '../../src/assets/requested.ts';
import { assetsSchema, readyMadeNames } from '../../src/config/assets-schema.ts';
import { releases } from '../../src/os/releases.ts';

const namesOf = (version: string): string[] =>
  (readyMade.get(`parallelcluster-${version}`) ?? []).map(({ name }) => name.replace('parallelcluster-', ''));
const parse = (include: string[], assets: unknown[] = []) =>
  assetsSchema.parse({ version: '1', include, assets });

describe('ready-made entries', () => {
  it('exist for every release, under the names that assets.yaml accepts', () => {
    expect([...readyMade.keys()]).toEqual(readyMadeNames);
    for (const version of releases) expect(readyMade.has(`parallelcluster-${version}`), version).toBe(true);
    // Each is an entry that a user could write.
    for (const entries of readyMade.values()) {
      expect(() =>
        parse(
          [],
          entries.map((entry) => ({ ...entry, for: undefined })),
        ),
      ).not.toThrow();
    }
  });

  it.each([
    ['3.0.0', ['slurm-20-11-8-1', 'munge-0.5.14', 'pmix-3.1.5', 'pyenv-master', 'pyenv-virtualenv-master']],
    [
      '3.3.1',
      [
        'slurm-22-05-5-1',
        'munge-0.5.14',
        'pmix-3.2.3',
        'pyenv-master',
        'pyenv-virtualenv-master',
        'libjwt-1.12.0',
        'gdrcopy-2.3',
        'cuda-samples-11.6',
        'efs-utils-1.34.1',
      ],
    ],
    [
      '3.9.3',
      [
        'slurm-23-11-7-1',
        'munge-0.5.15',
        'pmix-4.2.9',
        'pyenv-master',
        'pyenv-virtualenv-master',
        'libjwt-1.15.3',
        'gdrcopy-2.4',
        'gdrcopy-2.3.1',
        'cuda-samples-12.2',
        'efs-utils-1.34.1',
      ],
    ],
    ['3.10.1', ['efs-utils-1.34.1', 'http-parser-v2.9.4']],
    ['3.12.0', ['http-parser-v2.9.4']],
    ['3.13.0', []],
    ['3.16.1', []],
  ])('a build of %s fetches what its cookbook names', (version, names) => {
    expect(namesOf(version)).toEqual(names);
  });

  it('have the digests that the cookbook checks, wherever it has one', () => {
    const without = [...readyMade.values()]
      .flat()
      .filter(({ url, sha256 }) => url !== undefined && sha256 === undefined);
    expect([...new Set(without.map(({ name }) => name.replace('parallelcluster-', '')))].sort()).toEqual([
      'cuda-samples-11.6',
      'cuda-samples-11.8',
      'cuda-samples-12.2',
      'munge-0.5.14',
      'pmix-3.1.5',
      'slurm-20-11-8-1',
      'slurm-21-08-5-1',
      'slurm-21-08-6-1',
      'slurm-21-08-8-2',
      'slurm-22-05-5-1',
      'slurm-22-05-7-1',
    ]);
  });

  it('are requested once for two releases and go into no image, except pyenv at boot', () => {
    const wanted = requestedAssets(parse(['parallelcluster-3.9.2', 'parallelcluster-3.9.3']));
    expect(wanted.map(({ name }) => name)).toEqual(namesOf('3.9.3').map((name) => `parallelcluster-${name}`));
    expect(wanted.some(({ entry }) => entry.image)).toBe(false);
    const boot = requestedAssets(parse(['parallelcluster-pyenv']));
    expect(boot.map(({ asked, entry }) => [asked, entry.image, entry.for?.parallelcluster?.at(-1)])).toEqual([
      ['git pyenv/pyenv master', true, '2.6.0'],
      ['git pyenv/pyenv-virtualenv master', true, '2.6.0'],
    ]);
  });

  it('lose to an entry of the file with the same name', () => {
    const own = { name: 'parallelcluster-http-parser-v2.9.4', url: 'https://example.org/p.tar.gz' };
    const wanted = requestedAssets(parse(['parallelcluster-3.12.0'], [own]));
    expect(wanted.map(({ asked }) => asked)).toEqual(['url https://example.org/p.tar.gz']);
  });
});
