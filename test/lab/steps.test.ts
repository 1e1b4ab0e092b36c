/** Tests in a real root filesystem that the steps work, and that the verify list fails if they do not. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { RehearsalResult } from '../../src/engines/rehearsal/contract.ts';
import { probeIsolation, rehearse, scriptOf } from '../../src/engines/rehearsal/rehearse.ts';
import { readReport, type Report } from '../../src/image/report.ts';
import { imageParts } from '../../src/image/parts.ts';
import { imageSteps } from '../../src/image/steps.ts';
import { verdictOf } from '../../src/image/verdict.ts';
import { verifyRows } from '../../src/image/verify.ts';
import { bakeable } from '../../src/os/index.ts';
import { familyOfRootfs } from '../../src/engines/rehearsal/rootfs.ts';
import { packagedTemplates } from '../../src/text/templates.ts';
import { fullInputs } from '../image/support/inputs.ts';

type Script = ReturnType<typeof scriptOf>;

const templates = packagedTemplates();

function scriptsOf(os: string): Script[] {
  const inputs = fullInputs(os);
  return [
    ...imageSteps(imageParts(inputs), templates).map((step) => ({
      ...scriptOf(step),
      name: `step ${step.id}`,
    })),
    ...verifyRows(imageParts(inputs), templates).map(({ id, script }) => ({
      name: `row ${id}`,
      text: script,
    })),
  ];
}

async function run(os: string, scripts: Script[]) {
  const { results } = await rehearse({
    target: { os, arch: 'x86_64', parallelcluster: '3.15.1' },
    scripts,
    keepGoing: true,
  });
  return results;
}

function reportsOf(results: readonly RehearsalResult[]): Report[] {
  return results.flatMap(({ output }) => output.split('\n').flatMap((line) => readReport(line) ?? []));
}

let debian = false;
beforeAll(async () => {
  const { isolation, why } = await probeIsolation();
  if (isolation === 'none') throw new Error(`these tests need namespaces: ${why}`);
  debian = (await familyOfRootfs(undefined)) === 'debian';
});

/** Scripts that depend only on files run with the programs of any machine, whatever the OS. */
const ANYWHERE = [
  'step mirrors',
  'row mirrors-repos',
  'step indexes',
  'row indexes-files',
  'step trust-anchors',
  'row trust-anchors',
  'step trust-settings',
  'row trust-sudoers',
  'step assets-manifest',
  'step first-boot',
  'row first-boot',
  'step hygiene',
  'row secrets',
  'row parallelcluster-bootstrapped',
];
const WHY = /it needs a network|not on this machine|step .* was skipped/;

describe('with the programs of this machine, without a network', () => {
  test.each(bakeable)('%s: no script fails, and each skip has a reason', async (os) => {
    const scripts = scriptsOf(os);
    const results = await run(os, scripts);
    const outcomes = Object.fromEntries(results.map(({ name, outcome }) => [name, outcome]));
    expect(
      results.filter(({ outcome }) => outcome === 'failed').map(({ name, output }) => name + output),
    ).toEqual([]);
    expect(results.filter(({ outcome, reason }) => outcome === 'skipped' && !WHY.test(reason ?? ''))).toEqual(
      [],
    );
    expect(ANYWHERE.filter((name) => outcomes[name] !== 'passed')).toEqual([]);
    const reported = reportsOf(results).map(({ kind, id, outcome }) => `${kind} ${id} ${outcome}`);
    expect(reported).toEqual(
      results.filter(({ outcome }) => outcome === 'passed').map(({ name }) => `${name} passed`),
    );
  });

  test('ubuntu2204: on a machine of its family, the OS store is rebuilt and checked', async ({ skip }) => {
    if (!debian) skip('this machine is not of the Debian family');
    const results = await run('ubuntu2204', scriptsOf('ubuntu2204'));
    const passed = results.filter(({ outcome }) => outcome === 'passed').map(({ name }) => name);
    expect(passed).toEqual(
      expect.arrayContaining(['step trust-extract', 'row trust-bundle', 'row mirrors-effective']),
    );
  });

  test('ubuntu2204: a second run changes nothing and no script fails', async () => {
    const scripts = scriptsOf('ubuntu2204');
    const steps = scripts.filter(({ name }) => name.startsWith('step '));
    const results = await run('ubuntu2204', [...steps, ...scripts]);
    expect(
      results.filter(({ outcome }) => outcome === 'failed').map(({ name, output }) => name + output),
    ).toEqual([]);
  });
});

test('the verdict fails if a step was dropped, even if every row passes', async () => {
  const inputs = fullInputs('alinux2');
  const steps = imageSteps(imageParts(inputs), templates);
  const rows = verifyRows(imageParts(inputs), templates);
  const kept = steps.filter(({ id }) => id !== 'asset-notes').map(scriptOf);
  const verdict = verdictOf(steps, rows, reportsOf(await run('alinux2', kept)));
  expect(verdict.problems).toContain('step asset-notes did not report: it never ran');
});
