/** Tests the list of writes that put an image into a channel: all of them in order, and none twice. */
import { describe, expect, it } from 'vitest';
import type { Ami } from '../../src/aws/images.ts';
import {
  writesInto,
  writesBack,
  writesText,
  type ChannelPlaceFacts,
  type ChannelEntry,
} from '../../src/publish/finish.ts';
import type { Past } from '../../src/publish/history.ts';
import { keyFinding, type ShareSettings } from '../../src/publish/share.ts';

const ACCOUNT = '444455556666';
const ORGANIZATION = 'arn:aws:organizations::111122223333:organization/o-abcdefghij';
const tags = {
  'parallelcluster:os': 'alinux2',
  'bakery:fingerprint': 'sha256:1',
  'bakery:verify': '1 passed',
};
const share: ShareSettings = {
  accounts: [ACCOUNT],
  organizations: [ORGANIZATION],
  organizationalUnits: [],
  role: null,
};
const nobody: ShareSettings = { accounts: [], organizations: [], organizationalUnits: [], role: null };

function image(more: Partial<Ami> = {}): Ami {
  return {
    id: 'ami-0bbbbbbbbbbbbbbbb',
    name: 'bakery-alinux2',
    region: 'us-east-1',
    state: 'available',
    architecture: 'x86_64',
    createdAt: '2026-11-01T00:00:00.000Z',
    deprecatedAt: undefined,
    description: '',
    ownerId: '111122223333',
    rootDevice: { name: '/dev/xvda', type: 'ebs', sizeGiB: 45 },
    snapshots: ['snap-1'],
    isProtected: false,
    tags,
    ...more,
  };
}

const past: Past = {
  current: 'ami-0aaaaaaaaaaaaaaaa',
  since: '2026-10-01T00:00:00.000Z',
  version: 4,
  before: [],
  withdrawn: [],
};

function facts(more: Partial<ChannelPlaceFacts> = {}): ChannelPlaceFacts {
  return {
    region: 'us-east-1',
    account: null,
    image: image(),
    past,
    launch: [],
    volumes: [['snap-1', []]],
    snapshotTags: [['snap-1', {}]],
    leaving: ['ami-0aaaaaaaaaaaaaaaa'],
    ...more,
  };
}

const wish: ChannelEntry = {
  channel: 'stable',
  tags,
  share,
  protect: true,
  deprecateAfterDays: 90,
  note: 'bake publish (run 1)',
  now: '2026-11-21T20:00:00.000Z',
};

describe('an image that goes into a channel', () => {
  it('is tagged, shared and protected before it is published; the replaced image is deprecated last', () => {
    const writes = writesInto(facts(), wish);
    expect(writes.map((write) => write.do)).toEqual([
      'tag', 'tag', 'share', 'shareSnapshot', 'protect', 'put', 'deprecate',
    ]); // prettier-ignore
    expect(writes).toContainEqual({
      do: 'deprecate',
      id: 'ami-0aaaaaaaaaaaaaaaa',
      at: '2027-02-19T20:00:00.000Z',
    });
    expect(writes).toContainEqual({ do: 'put', from: past.current, version: 4, note: wish.note });
  });

  it('needs no writes after all of them', () => {
    const done = facts({
      image: image({ isProtected: true, tags: { ...tags, 'bakery:channel-history': 'stable@2026-11-21' } }),
      past: { ...past, current: 'ami-0bbbbbbbbbbbbbbbb' },
      launch: [ACCOUNT, ORGANIZATION],
      volumes: [['snap-1', [ACCOUNT]]],
      snapshotTags: [['snap-1', tags]],
      leaving: [],
    });
    expect(writesInto(done, wish)).toEqual([]);
  });

  it('is shared only with accounts that lack it', () => {
    const writes = writesInto(facts({ launch: [ACCOUNT] }), wish);
    expect(writes).toContainEqual({ do: 'share', grantees: [{ kind: 'organization', id: ORGANIZATION }] });
  });

  it('loses its deprecation date, and keeps its protection if none is wanted', () => {
    const dated = facts({ image: image({ deprecatedAt: '2027-01-01T00:00:00.000Z' }) });
    const writes = writesInto(dated, { ...wish, share: nobody, protect: false, deprecateAfterDays: null });
    expect(writes.map((write) => write.do)).toEqual(['tag', 'tag', 'keep', 'put']);
  });

  it('writes its history into a tag of at most 256 characters, whole entries only', () => {
    const long = Array.from({ length: 14 }, (_, at) => `candidate@2026-01-${at + 10}`).join(' ');
    const [, write] = writesInto(
      facts({ image: image({ tags: { ...tags, 'bakery:channel-history': long } }) }),
      wish,
    );
    const history = write?.do === 'tag' ? (write.tags['bakery:channel-history'] ?? '') : '';
    expect(history.length).toBeLessThanOrEqual(256);
    expect(history).toMatch(/^candidate@\S+ .* stable@2026-11-21$/);
  });

  it('gets the tags again that a copy lost', () => {
    const [write] = writesInto(facts({ image: image({ tags: {} }), snapshotTags: [['snap-1', tags]] }), wish);
    expect(write).toMatchObject({ do: 'tag', ids: ['ami-0bbbbbbbbbbbbbbbb'] });
  });

  it('is only tagged and published in another account', () => {
    const writes = writesInto(
      facts({ account: ACCOUNT, image: image({ tags: {} }), snapshotTags: [] }),
      wish,
    );
    expect(writes.map((write) => write.do)).toEqual(['tag', 'put']);
  });

  it('needs at most two writes in a rollback', () => {
    const dated = facts({ image: image({ deprecatedAt: '2027-01-01T00:00:00.000Z' }) });
    expect(writesBack(dated, 'n').map((write) => write.do)).toEqual(['keep', 'put']);
    expect(writesBack(facts(), 'n').map((write) => write.do)).toEqual(['put']);
  });

  it('describes the writes besides the parameter', () => {
    expect(writesText(writesInto(facts(), wish))).toBe(
      'tags it, shares with 444455556666, o-abcdefghij, shares the snapshot, protects it, deprecates ami-0aaaaaaaaaaaaaaaa on 2027-02-19',
    );
    expect(writesText([])).toBe('');
  });
});

describe('sharing', () => {
  it('needs a customer managed key in every Region, and reports that before anything is baked', () => {
    const kms = { 'us-east-1': 'alias/bakery', 'eu-west-1': 'alias/aws/ebs' };
    const error = keyFinding('alinux2 x86_64', share, ['us-east-1', 'eu-west-1', 'eu-north-1'], kms);
    expect(error).toMatchObject({ code: 'SHARE_KEY', exit: 2 });
    expect(error?.message).toContain('in eu-west-1, eu-north-1');
    expect(keyFinding('alinux2 x86_64', nobody, ['eu-north-1'], {})).toBeUndefined();
    expect(keyFinding('alinux2 x86_64', share, ['us-east-1'], kms)).toBeUndefined();
  });
});
