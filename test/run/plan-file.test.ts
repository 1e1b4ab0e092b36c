import { describe, expect, it } from 'vitest';
import {
  checkOrigin,
  checkWrites,
  planFileText,
  type PlanContent,
  type PlanPrivacy,
} from '../../src/run/plan-file.ts';
import { sha256 } from '../../src/util/sha256.ts';

const SECRET = 'hunter2-is-no-password';
const script = (text: string): string => `#!/bin/bash\n${text}\n${'# padding\n'.repeat(40)}`;
const userScript = script('export TOKEN=literal-in-a-script');
const shared = script('echo shared');

const privacy: PlanPrivacy = {
  folders: ['/home/ada/project', '/home/ada/project/clusters'],
  fromEnvironment: new Map([
    ['TOKEN', SECRET],
    ['SHORT', 'ab'],
  ]),
  userTexts: new Set([sha256(userScript)]),
};

function content(changes: Partial<PlanContent> = {}): PlanContent {
  const plan = {
    steps: [{ id: 'a', script: shared }],
    tag: SECRET,
    file: '/home/ada/project/clusters/prod.yaml',
  };
  return {
    bake: '0.1.0',
    command: 'run',
    account: '111122223333',
    regions: ['us-east-1'],
    period: '2026-12',
    request: { options: { os: ['alinux2'] }, args: [] },
    writes: [{ what: `tag ${SECRET}`, from: null, to: 'new(alinux2 x86_64)' }],
    plans: [
      { stage: 'render', target: 'alinux2 x86_64', plan, writes: [] },
      { stage: 'bake', target: 'alinux2 x86_64', plan: { ...plan, again: shared }, writes: [] },
    ],
    ...changes,
  };
}

const textOf = (changes: Partial<PlanContent> = {}): string => planFileText(content(changes), privacy);
const withPlan = (plan: unknown): string =>
  textOf({ plans: [{ stage: 'bake', target: undefined, plan, writes: [] }] });

describe('a plan file', () => {
  it('is JSON that names the account, the Regions, the version and every write', () => {
    expect(JSON.parse(textOf())).toMatchObject({
      format: 1,
      bake: '0.1.0',
      account: '111122223333',
      regions: ['us-east-1'],
      period: '2026-12',
      writes: [{ to: 'new(alinux2 x86_64)' }],
    });
  });

  it('holds each script once, however many stages and targets have it', () => {
    expect(textOf().split('echo shared')).toHaveLength(2);
  });

  it("holds a user's own script by its digest alone", () => {
    const text = withPlan({ script: userScript });
    expect(text).not.toContain('literal-in-a-script');
    expect(text).toContain(sha256(userScript).slice(0, 20));
  });

  it.each([
    ['as it is', SECRET],
    ['inside a longer value', `Bearer ${SECRET}`],
    ['inside a script', script(`curl -H ${SECRET}`)],
    ['in base64', script(Buffer.from(`password=${SECRET};x`).toString('base64'))],
    ['in base64 after one more byte', script(Buffer.from(`1password=${SECRET};x`).toString('base64'))],
    ['in base64 after two more bytes', script(Buffer.from(`12password=${SECRET};x`).toString('base64'))],
    ['in a write', `tag of ${SECRET}`],
  ])('never holds a value of the environment %s', (_, value) => {
    const text = withPlan({ value, list: [value, { deep: value }] });
    for (const offset of [0, 1, 2]) {
      const encoded = Buffer.from(' '.repeat(offset) + SECRET).toString('base64');
      expect(text).not.toContain(encoded.slice(offset === 0 ? 0 : 4, -4));
    }
    expect(text).not.toContain(SECRET);
  });

  it('says which variable stood there, with the digest of its value', () => {
    expect(withPlan({ tag: SECRET })).toContain(`\${env:TOKEN sha256:${sha256(SECRET).slice(0, 16)}}`);
  });

  it('leaves words alone that only contain a very short value', () => {
    expect(withPlan({ word: 'absolute', whole: 'ab' })).toContain('absolute');
    expect(withPlan({ whole: 'ab' })).not.toContain('"ab"');
  });

  it('holds no absolute path of the project, and nothing of where assets are on this machine', () => {
    const text = withPlan({
      file: '/home/ada/project/clusters/prod.yaml',
      folder: '/home/ada/project',
      files: [{ sha256: 'f'.repeat(64), size: 3, source: '/var/cache/assets/ff' }],
      elsewhere: '/home/ada/projects/other.yaml',
    });
    expect(text).not.toContain('/home/ada/project/');
    expect(text).not.toContain('"/home/ada/project"');
    expect(text).not.toContain('/var/cache');
    // Another folder with the same beginning is another folder.
    expect(text).toContain('/home/ada/projects/other.yaml');
  });

  it('is the same for the same plan', () => {
    expect(textOf()).toBe(textOf());
  });
});

describe('where a plan file is applied', () => {
  const origin = { bake: '0.1.0', command: 'promote', account: '1', regions: ['b', 'a'], period: '2026-12' };

  it.each([
    ['another bake', { bake: '0.2.0' }, '0.2.0', 'the version of bake that made it'],
    ['another command', { command: 'rollback' }, 'bake rollback', 'the command that it was made for'],
    ['another account', { account: '2' }, 'account', 'sign in to the account'],
    ['another Region', { regions: ['a'] }, 'Region', 'in its Region'],
    ['the next refresh period', { period: '2027-01' }, '2027-01', 'valid for its refresh period'],
  ])('%s refuses it with exit 1 and says what to do', (_, change, says, next) => {
    expect(() => checkOrigin('plan.json', origin, { ...origin, ...change })).toThrow(
      expect.objectContaining({
        code: 'PLAN_FOREIGN',
        exit: 1,
        message: expect.stringContaining(says) as string,
        hint: expect.stringContaining(next) as string,
      }) as Error,
    );
  });

  it('the same Regions in another order are the same', () => {
    expect(() => checkOrigin('plan.json', origin, { ...origin, regions: ['a', 'b'] })).not.toThrow();
  });

  it('other writes refuse it with exit 1, and the difference is shown', () => {
    const write = { what: '/hpc/ami/stable', from: 'ami-1', to: 'ami-2' };
    expect(() => checkWrites('plan.json', [write], [write])).not.toThrow();
    expect(() => checkWrites('plan.json', [write], [{ ...write, from: 'ami-2', to: 'ami-3' }])).toThrow(
      expect.objectContaining({
        code: 'PLAN_STALE',
        exit: 1,
        message: expect.stringContaining(
          '- /hpc/ami/stable: ami-1 → ami-2\n+ /hpc/ami/stable: ami-2 → ami-3',
        ) as string,
      }) as Error,
    );
    // Twice the same write is not once.
    expect(() => checkWrites('plan.json', [write], [write, write])).toThrow(/PLAN_STALE|another state/);
  });
});
