import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJournal, readJournal } from '../../src/run/journal.ts';
import { checkOwner, thisProcess } from '../../src/util/owner.ts';

const now = (): Date => new Date('2026-11-21T12:00:00Z');
let runs: string;

beforeEach(() => {
  runs = fs.mkdtempSync(path.join(os.tmpdir(), 'bake-journal-'));
});
afterEach(() => fs.rmSync(runs, { recursive: true }));

/** Rewrites a journal as if its process had been killed: a pid that has just ended. */
function orphan(run: string): void {
  const dead = spawnSync(process.execPath, ['-e', '0']).pid;
  const file = path.join(runs, run, 'journal.jsonl');
  fs.writeFileSync(
    file,
    fs.readFileSync(file, 'utf8').replace(/"pid":\d+,"started":"\d*"/g, `"pid":${dead},"started":"1"`),
  );
}

describe('a journal', () => {
  it('makes no file until something is written', () => {
    const journal = openJournal(runs, 'intent', now);
    journal.end('done');
    expect(journal.begun()).toBe(false);
    expect(fs.readdirSync(runs)).toEqual([]);
  });

  it('lists the facts of a run in order', () => {
    const journal = openJournal(runs, 'intent', now);
    journal.stage('bake', 'alinux2 x86_64', 'begun');
    journal.fact('alinux2 x86_64', { arn: 'x' });
    journal.stage('bake', 'alinux2 x86_64', 'done');
    journal.end('done');
    const types = readJournal(path.join(journal.folder, 'journal.jsonl')).map((line) => line.type);
    expect(types).toEqual(['begin', 'stage', 'fact', 'stage', 'end']);
  });

  it('is resumed by the same request after a kill', () => {
    const first = openJournal(runs, 'intent', now);
    first.stage('bake', 'a', 'begun');
    orphan(first.run);
    const second = openJournal(runs, 'intent', now);
    expect(second.run).toBe(first.run);
    second.end('done');
    expect(openJournal(runs, 'intent', now).run).not.toBe(first.run);
  });

  it('is not resumed by another request, nor while its process lives', () => {
    const first = openJournal(runs, 'intent', now);
    first.stage('bake', 'a', 'begun');
    expect(openJournal(runs, 'intent', now).run).not.toBe(first.run);
    orphan(first.run);
    expect(openJournal(runs, 'other', now).run).not.toBe(first.run);
  });

  it('ignores an incomplete last line, wherever it ends', () => {
    const journal = openJournal(runs, 'intent', now);
    journal.stage('bake', 'a', 'begun');
    const file = path.join(journal.folder, 'journal.jsonl');
    const whole = fs.readFileSync(file);
    const lines = whole.toString().trimEnd().split('\n');
    for (let length = 0; length <= whole.length; length++) {
      fs.writeFileSync(file, whole.subarray(0, length));
      expect(readJournal(file).length).toBeLessThanOrEqual(lines.length);
    }
    expect(readJournal(file).length).toBe(lines.length);
  });

  it('reports why it cannot be written', () => {
    fs.writeFileSync(path.join(runs, 'file'), '');
    const journal = openJournal(path.join(runs, 'file'), 'intent', now);
    expect(() => journal.stage('bake', 'a', 'begun')).toThrow(/cannot be written/);
  });
});

describe('an owner', () => {
  it('is alive while its process is, and dead after', () => {
    expect(checkOwner(thisProcess())).toBe('alive');
    expect(checkOwner({ ...thisProcess(), pid: spawnSync(process.execPath, ['-e', '0']).pid })).toBe('dead');
  });

  it('is dead if another process has its pid', () => {
    expect(checkOwner({ ...thisProcess(), started: '1' })).toBe('dead');
  });

  it('is unknown on another host', () => {
    expect(checkOwner({ ...thisProcess(), host: 'elsewhere' })).toBe('unknown');
  });
});
