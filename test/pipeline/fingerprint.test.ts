import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/util/canonical.ts';
import { fingerprint, periodOf, type FingerprintInputs } from '../../src/pipeline/fingerprint.ts';

const inputs: FingerprintInputs = {
  baseImageId: 'ami-0123456789abcdef0',
  os: 'alinux2',
  arch: 'x86_64',
  parallelcluster: '3.15.1',
  steps: [{ id: 'trust', title: 'trust', needs: {}, script: 'true' }],
  rows: [
    {
      id: 'row',
      title: 'row',
      because: 'so',
      command: 'true',
      expected: 'nothing',
      needs: {},
      script: 'true',
    },
  ],
  carried: { 'asset a': 'aa' },
  builder: { kmsKey: undefined, volumeSize: undefined },
  period: '2026-11',
};

describe('the fingerprint', () => {
  it('is the same for the same inputs in any order of keys', () => {
    const turned = Object.fromEntries(Object.entries(inputs).reverse()) as unknown as FingerprintInputs;
    expect(fingerprint(turned)).toBe(fingerprint(inputs));
    expect(fingerprint(inputs)).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it.each<[string, Partial<FingerprintInputs>]>([
    ['the base image', { baseImageId: 'ami-0123456789abcdef1' }],
    ['a step script', { steps: [{ id: 'trust', title: 'trust', needs: {}, script: 'false' }] }],
    ['a check', { rows: [] }],
    ['what a step carries', { carried: { 'asset a': 'ab' } }],
    ['the KMS key', { builder: { kmsKey: 'alias/x', volumeSize: undefined } }],
    ['the volume size', { builder: { kmsKey: undefined, volumeSize: 60 } }],
    ['the month', { period: '2026-12' }],
  ])('changes with %s', (_what, change) => {
    expect(fingerprint({ ...inputs, ...change })).not.toBe(fingerprint(inputs));
  });

  it('does not change with descriptions', () => {
    const steps = inputs.steps.map((step) => ({ ...step, title: 'said otherwise' }));
    expect(fingerprint({ ...inputs, steps })).toBe(fingerprint(inputs));
  });
});

describe('the refresh period', () => {
  it('is the calendar month in UTC', () => {
    expect(periodOf(new Date('2026-11-30T23:59:59Z'), 'monthly')).toBe('2026-11');
    expect(periodOf(new Date('2026-12-01T00:00:00Z'), 'monthly')).toBe('2026-12');
  });

  it('is the ISO week, with the year of its Thursday', () => {
    expect(periodOf(new Date('2026-11-21T00:00:00Z'), 'weekly')).toBe('2026-W47');
    expect(periodOf(new Date('2027-01-01T00:00:00Z'), 'weekly')).toBe('2026-W53');
    expect(periodOf(new Date('2024-12-30T00:00:00Z'), 'weekly')).toBe('2025-W01');
  });

  it('never ends with refresh: never', () => {
    expect(periodOf(new Date(), 'never')).toBe('never');
  });
});

describe('canonical JSON', () => {
  it('parses back to the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
