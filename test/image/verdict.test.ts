/** Tests the verdict on reports: a script that was dropped, changed or failed never counts as passed. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/image/report.ts';
import { isRed, readVerifyNote, verdictOf, verifyNoteOf } from '../../src/image/verdict.ts';

const step = { id: 'trust', title: 't', needs: {}, script: 'echo step' };
const row = {
  id: 'bundle',
  title: 't',
  because: 'b',
  command: 'true',
  expected: 'nothing',
  needs: {},
  script: 'echo row',
};
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

function report(kind: 'step' | 'row', more: Partial<Report> = {}): Report {
  return { kind, id: kind === 'step' ? 'trust' : 'bundle', outcome: 'passed', text: '', ...more };
}

function problemsOf(...reports: Report[]): string[] {
  return verdictOf([step], [row], reports).problems;
}

describe('an image', () => {
  it('passes if every step and row passed', () => {
    const verdict = verdictOf([step], [row], [report('step'), report('row')]);
    expect(verdict).toEqual({ passed: 1, failed: 0, skipped: 0, reasons: [], problems: [] });
  });

  it('fails if a step or a row did not report', () => {
    expect(problemsOf(report('row'))).toEqual(['step trust did not report: it never ran']);
    expect(problemsOf(report('step'))).toEqual(['row bundle did not report: it never ran']);
    expect(problemsOf()).toHaveLength(2);
  });

  it('fails if a row failed, with the message of the row', () => {
    expect(problemsOf(report('step'), report('row', { outcome: 'failed', text: 'no bundle' }))).toEqual([
      'row bundle failed: no bundle',
    ]);
  });

  it('passes with skipped scripts if their digests are those of the rendered scripts', () => {
    const skipped = report('step', {
      outcome: 'skipped',
      text: 'yum is not here',
      digest: digest(step.script),
    });
    const verdict = verdictOf([step], [row], [skipped, report('row')]);
    expect(verdict).toMatchObject({ reasons: ['yum is not here'], problems: [] });
    expect(problemsOf({ ...skipped, digest: digest('echo another') }, report('row'))).toHaveLength(1);
    expect(problemsOf({ ...skipped, digest: undefined }, report('row'))).toHaveLength(1);
  });

  it('is decided by the last report: a step may run again after a reboot', () => {
    expect(problemsOf(report('step', { outcome: 'failed' }), report('step'), report('row'))).toEqual([]);
  });

  it('ignores reports of scripts that were not rendered', () => {
    expect(verdictOf([], [], [report('row')])).toMatchObject({ passed: 0, problems: [] });
  });
});

describe('the note on an image', () => {
  it('is read back unchanged, but not for an image that failed', () => {
    const verified = {
      passed: 3,
      failed: 0,
      skipped: 2,
      reasons: ['yum is not on this machine', 'step trust was skipped'],
    };
    expect(readVerifyNote(verifyNoteOf(verified))).toEqual(verified);
    expect(readVerifyNote(verifyNoteOf({ ...verified, reasons: [] }))).toEqual({ ...verified, reasons: [] });
    const bad = verifyNoteOf(verified, true);
    expect(readVerifyNote(bad)).toBeNull();
    expect(isRed(bad)).toBe(true);
    expect(isRed(verifyNoteOf(verified))).toBe(false);
    expect(readVerifyNote(undefined)).toBeNull();
  });

  it('fits into a tag, however many reasons there are', () => {
    const note = verifyNoteOf({
      passed: 1,
      failed: 0,
      skipped: 99,
      reasons: Array.from({ length: 50 }, (_, n) => `reason ${n}`),
    });
    expect(note.length).toBeLessThanOrEqual(256);
    expect(readVerifyNote(note)?.skipped).toBe(99);
  });
});
