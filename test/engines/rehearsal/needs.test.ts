/** Tests that a script counts as runnable only if it is: a program of the same name from the other family is not enough. */
import { describe, expect, it } from 'vitest';

import type { ScriptHeader } from '../../../src/image/step.ts';
import { programsOf, whyNot, type Surroundings } from '../../../src/engines/rehearsal/needs.ts';

const fitting: Surroundings = {
  isolation: 'root',
  machineFamily: 'debian',
  targetFamily: 'debian',
  network: false,
  lacking: new Set(),
  skippedSteps: new Set(),
};
const foreign: Surroundings = { ...fitting, targetFamily: 'rhel' };

function step(needs: Partial<ScriptHeader>): ScriptHeader {
  return { kind: 'step', id: 'x', ...needs };
}

describe('whyNot', () => {
  it('lets a script without needs run anywhere', () => {
    expect(whyNot(step({}), foreign)).toBeUndefined();
  });

  it('names the program that is not there', () => {
    const around = { ...fitting, lacking: new Set(['jq']) };
    expect(whyNot(step({ programs: ['sed', 'jq'] }), around)).toBe('jq is not on this machine');
  });

  it('names several programs that are not there', () => {
    const around = { ...fitting, lacking: new Set(['jq', 'yq']) };
    expect(whyNot(step({ programs: ['jq', 'yq'] }), around)).toBe('jq, yq are not on this machine');
  });

  it('does not count a program of the family on a machine of the other family, even where one of that name exists', () => {
    expect(whyNot(step({ family: ['rpm'] }), foreign)).toBe('rpm is not on this machine (debian family)');
  });

  it('counts a program of the family where the family fits', () => {
    expect(whyNot(step({ family: ['update-ca-certificates'] }), fitting)).toBeUndefined();
  });

  it('looks a program of the family up where the family fits', () => {
    const around = { ...fitting, lacking: new Set(['aptly']) };
    expect(whyNot(step({ family: ['aptly'] }), around)).toBe('aptly is not on this machine');
  });

  it('trusts no program of a family on a machine whose family is not known', () => {
    const around = { ...fitting, machineFamily: undefined };
    expect(whyNot(step({ family: ['apt-get'] }), around)).toBe(
      'apt-get is not on this machine (unknown family)',
    );
  });

  it('skips what builds on a skipped step', () => {
    const around = { ...fitting, skippedSteps: new Set(['trust']) };
    expect(whyNot(step({ after: ['mirrors', 'trust'] }), around)).toBe('step trust was skipped');
  });

  it('skips what needs a network where none is named, and says how to name one', () => {
    const needs = step({ network: true });
    expect(whyNot(needs, fitting)).toBe('it needs a network (bake rehearse --network)');
    expect(whyNot(needs, { ...fitting, network: true })).toBeUndefined();
  });

  it('names a missing program rather than the network that would not help', () => {
    const needs = step({ network: true, programs: ['jq'], family: ['rpm'] });
    expect(whyNot(needs, { ...fitting, lacking: new Set(['jq']), targetFamily: 'debian' })).toContain('jq');
    expect(whyNot(needs, foreign)).toContain('rpm');
  });

  it('has root only where isolation is root', () => {
    expect(whyNot(step({ root: true }), fitting)).toBeUndefined();
    expect(whyNot(step({ root: true }), { ...fitting, isolation: 'user' })).toBe(
      'root is not available on this machine',
    );
  });
});

describe('programsOf', () => {
  it('asks for programs of the family only where the family fits', () => {
    const header = step({ programs: ['sed'], family: ['yum'] });
    expect(programsOf(header, foreign)).toEqual(['sed']);
    expect(programsOf(header, { machineFamily: 'rhel', targetFamily: 'rhel' })).toEqual(['sed', 'yum']);
  });
});
