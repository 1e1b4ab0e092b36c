/** Owns: the steps really do what they say, in a real root filesystem, and the verify list sees it when they do not. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { RehearsalResult } from '../../src/engines/rehearsal/contract.ts';
import { probeIsolation, rehearse, scriptOf } from '../../src/engines/rehearsal/rehearse.ts';
import { readReport, type Report } from '../../src/image/report.ts';
import { imageParts } from '../../src/image/parts.ts';
import { imageSteps } from '../../src/image/steps.ts';
import { judge } from '../../src/image/verdict.ts';
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

/** What the files of an image alone decide runs over any machine's programs, whatever the OS. */
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

describe('over the programs of this machine, without a network', () => {
  test.each(bakeable)('%s: nothing fails, and what is skipped says why', async (os) => {
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
    const told = reportsOf(results).map(({ kind, id, outcome }) => `${kind} ${id} ${outcome}`);
    expect(told).toEqual(
      results.filter(({ outcome }) => outcome === 'passed').map(({ name }) => `${name} passed`),
    );
  });

  test('ubuntu2204: of the package family, the OS store is rebuilt and asked', async ({ skip }) => {
    if (!debian) skip('this machine is not of the Debian family');
    const results = await run('ubuntu2204', scriptsOf('ubuntu2204'));
    const passed = results.filter(({ outcome }) => outcome === 'passed').map(({ name }) => name);
    expect(passed).toEqual(
      expect.arrayContaining(['step trust-extract', 'row trust-bundle', 'row mirrors-effective']),
    );
  });

  test('ubuntu2204: a second bake over the first changes nothing and fails nowhere', async () => {
    const scripts = scriptsOf('ubuntu2204');
    const steps = scripts.filter(({ name }) => name.startsWith('step '));
    const results = await run('ubuntu2204', [...steps, ...scripts]);
    expect(
      results.filter(({ outcome }) => outcome === 'failed').map(({ name, output }) => name + output),
    ).toEqual([]);
  });
});

test('a dropped step is noticed by the verdict even where every row still passes', async () => {
  const inputs = fullInputs('alinux2');
  const steps = imageSteps(imageParts(inputs), templates);
  const rows = verifyRows(imageParts(inputs), templates);
  const kept = steps.filter(({ id }) => id !== 'asset-notes').map(scriptOf);
  const verdict = judge(steps, rows, reportsOf(await run('alinux2', kept)));
  expect(verdict.red).toContain('step asset-notes did not report: it never ran');
});
