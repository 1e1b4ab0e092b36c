/** Owns judging reports: what is dropped, altered or red never counts as proven. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/image/report.ts';
import { isRed, judge, noteOf, readNote } from '../../src/image/verdict.ts';

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

function red(...reports: Report[]): string[] {
  return judge([step], [row], reports).red;
}

describe('an image', () => {
  it('is green when every step and row passed', () => {
    const verdict = judge([step], [row], [report('step'), report('row')]);
    expect(verdict).toEqual({ passed: 1, failed: 0, skipped: 0, reasons: [], red: [] });
  });

  it('is red when a step or a row did not report', () => {
    expect(red(report('row'))).toEqual(['step trust did not report: it never ran']);
    expect(red(report('step'))).toEqual(['row bundle did not report: it never ran']);
    expect(red()).toHaveLength(2);
  });

  it('is red when a row failed, with what it said', () => {
    expect(red(report('step'), report('row', { outcome: 'failed', text: 'no bundle' }))).toEqual([
      'row bundle failed: no bundle',
    ]);
  });

  it('is green with what was skipped, as long as the text that was checked is the one rendered', () => {
    const skipped = report('step', {
      outcome: 'skipped',
      text: 'yum is not here',
      digest: digest(step.script),
    });
    const verdict = judge([step], [row], [skipped, report('row')]);
    expect(verdict).toMatchObject({ reasons: ['yum is not here'], red: [] });
    expect(red({ ...skipped, digest: digest('echo another') }, report('row'))).toHaveLength(1);
    expect(red({ ...skipped, digest: undefined }, report('row'))).toHaveLength(1);
  });

  it('is judged by the last word: a step may run again after a reboot', () => {
    expect(red(report('step', { outcome: 'failed' }), report('step'), report('row'))).toEqual([]);
  });

  it('is not fooled by reports of things that nobody rendered', () => {
    expect(judge([], [], [report('row')])).toMatchObject({ passed: 0, red: [] });
  });
});

describe('the note on an image', () => {
  it('reads back as it was written, and never for a red one', () => {
    const verified = {
      passed: 3,
      failed: 0,
      skipped: 2,
      reasons: ['yum is not on this machine', 'step trust was skipped'],
    };
    expect(readNote(noteOf(verified))).toEqual(verified);
    expect(readNote(noteOf({ ...verified, reasons: [] }))).toEqual({ ...verified, reasons: [] });
    const bad = noteOf(verified, true);
    expect(readNote(bad)).toBeNull();
    expect(isRed(bad)).toBe(true);
    expect(isRed(noteOf(verified))).toBe(false);
    expect(readNote(undefined)).toBeNull();
  });

  it('fits into a tag, however many reasons there are', () => {
    const note = noteOf({
      passed: 1,
      failed: 0,
      skipped: 99,
      reasons: Array.from({ length: 50 }, (_, n) => `reason ${n}`),
    });
    expect(note.length).toBeLessThanOrEqual(256);
    expect(readNote(note)?.skipped).toBe(99);
  });
});
