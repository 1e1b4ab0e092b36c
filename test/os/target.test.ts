import { describe, expect, it } from 'vitest';
import { bakeable, operatingSystems } from '../../src/os/index.ts';
import { compareReleases, newestRelease, releases } from '../../src/os/releases.ts';
import { makeTarget, type TargetRequest } from '../../src/os/target.ts';

function codes(wish: Partial<TargetRequest>): string[] {
  const made = makeTarget({ os: 'alinux2', arch: 'x86_64', regions: ['us-east-1'], ...wish });
  return 'errors' in made ? made.errors.map((error) => error.code) : [];
}

function targetOf(wish: Partial<TargetRequest>) {
  const result = makeTarget({ os: 'alinux2', arch: 'x86_64', regions: ['us-east-1'], ...wish });
  if ('errors' in result) throw result.errors[0] as Error;
  return result.target;
}

describe('a target', () => {
  it('gets the last ParallelCluster release with its OS, and the reason', () => {
    expect(targetOf({}).parallelcluster).toBe('3.15.1');
    expect(targetOf({}).versionReason).toBe('the last release with alinux2');
    expect(targetOf({ os: 'ubuntu2004' }).parallelcluster).toBe('3.13.2');
    expect(targetOf({ os: 'alinux2023' }).parallelcluster).toBe(newestRelease);
    expect(targetOf({ os: 'alinux2023' }).versionReason).toBe('the newest');
  });

  it('is refused for an OS that does not exist, with the list and the nearest id', () => {
    const result = makeTarget({ os: 'centos9', arch: 'x86_64', regions: ['us-east-1'] });
    const [error] = 'errors' in result ? result.errors : [];
    expect(error?.code).toBe('OS_UNKNOWN');
    expect(error?.exit).toBe(2);
    for (const id of bakeable) expect(error?.hint).toContain(id);
  });

  it('is refused for an OS that is no longer supported', () => {
    expect(codes({ os: 'centos7' })).toEqual(['OS_LEGACY']);
  });

  it('is refused for a release that does not exist or does not support the OS', () => {
    expect(codes({ parallelcluster: '3.1.0' })).toEqual(['VERSION_UNKNOWN']);
    expect(codes({ parallelcluster: '3.16.0' })).toEqual(['VERSION_WITHOUT_OS']);
    expect(codes({ os: 'ubuntu2404', parallelcluster: '3.12.0' })).toEqual(['VERSION_WITHOUT_OS']);
  });

  it('accepts a release that is newer than this table, because it may exist', () => {
    expect(codes({ os: 'alinux2023', parallelcluster: '3.99.0' })).toEqual([]);
    expect(codes({ os: 'alinux2', parallelcluster: '3.99.0' })).toEqual(['VERSION_WITHOUT_OS']);
  });

  it('is refused in a Region without official images, and before the first release in that Region', () => {
    expect(codes({ regions: ['ca-west-1'] })).toEqual(['REGION_UNKNOWN']);
    expect(codes({ os: 'alinux2023', parallelcluster: '3.12.0', regions: ['ap-southeast-5'] })).toEqual([
      'REGION_UNKNOWN',
    ]);
    expect(codes({ os: 'alinux2023', parallelcluster: '3.13.0', regions: ['ap-southeast-5'] })).toEqual([]);
  });

  it('needs a base image if ParallelCluster publishes none', () => {
    expect(codes({ os: 'rocky9' })).toEqual(['BASE_NEEDED']);
    expect(codes({ os: 'rocky9', base: 'ami-0123456789abcdef0', regions: ['ca-west-1'] })).toEqual([]);
  });

  it('reports all errors at once', () => {
    expect(codes({ arch: 'i386', parallelcluster: '3.16.0', regions: ['mars-1'] })).toEqual([
      'ARCH_UNKNOWN',
      'VERSION_WITHOUT_OS',
      'REGION_UNKNOWN',
    ]);
  });
});

describe('the OS table', () => {
  it('has the nine ids that bake supports', () => {
    expect([...bakeable].sort()).toEqual([
      'alinux2', 'alinux2023', 'rhel8', 'rhel9', 'rocky8', 'rocky9', 'ubuntu2004', 'ubuntu2204', 'ubuntu2404',
    ]); // prettier-ignore
  });

  it('names only releases that exist', () => {
    for (const os of operatingSystems) {
      expect(releases).toContain(os.first);
      if (os.last !== null) expect(releases).toContain(os.last);
    }
  });

  it('orders releases by number, not by letter', () => {
    expect(compareReleases('3.9.0', '3.10.0')).toBeLessThan(0);
    expect([...releases].sort(compareReleases)).toEqual(releases);
  });
});
