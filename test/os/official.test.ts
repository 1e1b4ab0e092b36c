import { describe, expect, it } from 'vitest';
import type { Ami } from '../../src/aws/images.ts';
import { chooseOfficial, officialQuery, unfitReason } from '../../src/os/official.ts';
import { alinux2 } from '../../src/os/alinux2.ts';

const now = new Date('2026-11-21T00:00:00Z');
const target = { os: alinux2, arch: 'x86_64', parallelcluster: '3.15.1' } as const;

function image(id: string, more: Partial<Ami> = {}): Ami {
  return {
    id,
    name: `aws-parallelcluster-3.15.1-amzn2-hvm-x86_64-${id}`,
    region: 'us-east-1',
    state: 'available',
    architecture: 'x86_64',
    createdAt: '2026-05-28T00:00:00.000Z',
    deprecatedAt: undefined,
    description: '',
    ownerId: '247102896272',
    rootDevice: { name: '/dev/xvda', type: 'ebs', sizeGiB: 45 },
    snapshots: [],
    isProtected: false,
    tags: {},
    ...more,
  };
}

describe('the official image', () => {
  it('is searched by owner and name, as pcluster does', () => {
    expect(officialQuery(target)).toEqual({
      owners: ['amazon'],
      filters: { name: ['aws-parallelcluster-3.15.1-amzn2-hvm-x86_64*'] },
    });
  });

  it('is the newest', () => {
    const older = image('ami-1', { createdAt: '2026-05-01T00:00:00.000Z' });
    expect(chooseOfficial([older, image('ami-2')], now)?.id).toBe('ami-2');
  });

  it('is an older image that is not deprecated rather than a newer one that is', () => {
    const deprecated = image('ami-1', {
      deprecatedAt: '2026-11-20T00:00:00.000Z',
      createdAt: '2026-06-01T00:00:00.000Z',
    });
    expect(chooseOfficial([deprecated, image('ami-2')], now)?.id).toBe('ami-2');
    expect(chooseOfficial([deprecated], now)?.id).toBe('ami-1');
  });

  it('is the same one of two equal candidates in any order', () => {
    const pair = [image('ami-b'), image('ami-a')];
    expect(chooseOfficial(pair, now)?.id).toBe('ami-a');
    expect(chooseOfficial(pair.reverse(), now)?.id).toBe('ami-a');
  });

  it('is never an image that is not available', () => {
    expect(chooseOfficial([image('ami-1', { state: 'pending' })], now)).toBeUndefined();
  });
});

describe('a base image', () => {
  it('fits if there is no reason against it', () => {
    expect(unfitReason(image('ami-1'), target)).toBeUndefined();
  });

  it.each([
    ['another architecture', { architecture: 'arm64' }, 'arm64'],
    ['another version', { tags: { 'parallelcluster:version': '3.14.0' } }, '3.14.0'],
    ['another OS', { tags: { 'parallelcluster:os': 'rhel9' } }, 'rhel9'],
    [
      'an instance-store root',
      { rootDevice: { name: '/dev/sda1', type: 'instance-store', sizeGiB: 10 } },
      'instance-store',
    ],
    ['a state other than available', { state: 'failed' }, 'failed'],
  ])('does not fit with %s', (_what, more, reason) => {
    expect(unfitReason(image('ami-1', more), target)).toContain(reason);
  });
});
