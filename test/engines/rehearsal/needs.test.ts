/** Tests that a script runs only if its needs are met, and that programs of another package family do not count. */
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

  it('names the missing program', () => {
    const around = { ...fitting, lacking: new Set(['jq']) };
    expect(whyNot(step({ programs: ['sed', 'jq'] }), around)).toBe('jq is not on this machine');
  });

  it('names several missing programs', () => {
    const around = { ...fitting, lacking: new Set(['jq', 'yq']) };
    expect(whyNot(step({ programs: ['jq', 'yq'] }), around)).toBe('jq, yq are not on this machine');
  });

  it('does not count a program of the package family on a machine of another family, even if it exists there', () => {
    expect(whyNot(step({ family: ['rpm'] }), foreign)).toBe('rpm is not on this machine (debian family)');
  });

  it('counts a program of the package family if the machine has the family of the target', () => {
    expect(whyNot(step({ family: ['update-ca-certificates'] }), fitting)).toBeUndefined();
  });

  it('names a missing program of the package family if the machine has the family of the target', () => {
    const around = { ...fitting, lacking: new Set(['aptly']) };
    expect(whyNot(step({ family: ['aptly'] }), around)).toBe('aptly is not on this machine');
  });

  it('does not count a program of a package family on a machine whose family is unknown', () => {
    const around = { ...fitting, machineFamily: undefined };
    expect(whyNot(step({ family: ['apt-get'] }), around)).toBe(
      'apt-get is not on this machine (unknown family)',
    );
  });

  it('skips a script that depends on a skipped step', () => {
    const around = { ...fitting, skippedSteps: new Set(['trust']) };
    expect(whyNot(step({ after: ['mirrors', 'trust'] }), around)).toBe('step trust was skipped');
  });

  it('skips a script that needs a network if the request names none, and says how to name one', () => {
    const needs = step({ network: true });
    expect(whyNot(needs, fitting)).toBe('it needs a network (bake rehearse --network)');
    expect(whyNot(needs, { ...fitting, network: true })).toBeUndefined();
  });

  it('names a missing program first if the network is missing too', () => {
    const needs = step({ network: true, programs: ['jq'], family: ['rpm'] });
    expect(whyNot(needs, { ...fitting, lacking: new Set(['jq']), targetFamily: 'debian' })).toContain('jq');
    expect(whyNot(needs, foreign)).toContain('rpm');
  });

  it('skips a script that needs root unless the isolation is root', () => {
    expect(whyNot(step({ root: true }), fitting)).toBeUndefined();
    expect(whyNot(step({ root: true }), { ...fitting, isolation: 'user' })).toBe(
      'root is not available on this machine',
    );
  });
});

describe('programsOf', () => {
  it('includes programs of the package family only if the machine has the family of the target', () => {
    const header = step({ programs: ['sed'], family: ['yum'] });
    expect(programsOf(header, foreign)).toEqual(['sed']);
    expect(programsOf(header, { machineFamily: 'rhel', targetFamily: 'rhel' })).toEqual(['sed', 'yum']);
  });
});
