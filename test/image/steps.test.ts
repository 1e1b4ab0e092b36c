/** Owns: the steps really do what they say, in a real root filesystem, and the verify list sees it when they do not. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { RehearsalResult } from '../../src/engines/rehearsal/contract.ts';
import { probeIsolation, rehearse } from '../../src/engines/rehearsal/rehearse.ts';
import { readReport, type Report } from '../../src/image/report.ts';
import { imageSteps } from '../../src/image/steps.ts';
import { judge } from '../../src/image/verdict.ts';
import { verifyRows } from '../../src/image/verify.ts';
import { findOs } from '../../src/os/index.ts';
import { familyOfRootfs } from '../../src/engines/rehearsal/rootfs.ts';
import { packagedTemplates } from '../../src/render/templates.ts';
import { fullInputs } from '../image-steps/support/inputs.ts';

interface Script {
  name: string;
  text: string;
}

const templates = packagedTemplates();

function scriptsOf(os: string): Script[] {
  const inputs = fullInputs(os);
  return [
    ...imageSteps(inputs, templates).map(({ id, script }) => ({ name: `step ${id}`, text: script })),
    ...verifyRows(inputs, templates).map(({ id, script }) => ({ name: `row ${id}`, text: script })),
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

function notPassed(results: readonly RehearsalResult[]): string[] {
  return results
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ name, outcome, output }) => `${name} ${outcome} ${output.slice(-500)}`);
}

let debian = false;
beforeAll(async () => {
  const { isolation, why } = await probeIsolation();
  if (isolation === 'none') throw new Error(`these tests need namespaces: ${why}`);
  debian = (await familyOfRootfs(undefined)) === 'debian';
});

describe('ubuntu2204 on a machine of the Debian family', () => {
  const scripts = scriptsOf('ubuntu2204');
  const steps = scripts.filter(({ name }) => name.startsWith('step '));

  test('every step and every row passes and says so', async ({ skip }) => {
    if (!debian) skip('this machine is not of the Debian family');
    const results = await run('ubuntu2204', scripts);
    expect(notPassed(results)).toEqual([]);
    expect(reportsOf(results).map(({ kind, id, outcome }) => `${kind} ${id} ${outcome}`)).toEqual(
      scripts.map(({ name }) => `${name} passed`),
    );
  });

  test('a second bake over the first changes nothing and passes', async ({ skip }) => {
    if (!debian) skip('this machine is not of the Debian family');
    expect(notPassed(await run('ubuntu2204', [...steps, ...scripts]))).toEqual([]);
  });

  test.each(steps.map(({ name }) => name))('without %s a row turns red', async (name) => {
    const results = await run(
      'ubuntu2204',
      scripts.filter((script) => script.name !== name),
    );
    const red = results.filter(({ outcome }) => outcome === 'failed').map((result) => result.name);
    expect(red.filter((row) => row.startsWith('row '))).not.toEqual([]);
  });

  test.each(steps.map(({ name }) => name))('with "exit 1" in %s it is reported as failed', async (name) => {
    const broken = scripts.map((script) =>
      script.name === name
        ? { name, text: script.text.replace('\nbake_reached=yes', '\nexit 1\nbake_reached=yes') }
        : script,
    );
    const results = await run(
      'ubuntu2204',
      broken.filter(({ name: other }) => other.startsWith('step ')),
    );
    expect(results.find((result) => result.name === name)?.outcome).toBe('failed');
    expect(reportsOf(results).find((report) => `step ${report.id}` === name)?.outcome).toBe('failed');
  });
});

describe('every other OS under its skeleton', () => {
  test.each(['alinux2', 'alinux2023', 'rhel8', 'rhel9', 'rocky8', 'rocky9', 'ubuntu2004', 'ubuntu2404'])(
    '%s: nothing fails, and only what needs the package family is skipped',
    async (os) => {
      const results = await run(os, scriptsOf(os));
      expect(
        results.filter(({ outcome }) => outcome === 'failed').map(({ name, output }) => name + output),
      ).toEqual([]);
      const skipped = results.filter(({ outcome }) => outcome === 'skipped').map(({ name }) => name);
      const foreign =
        (findOs(os)?.family === 'debian') === debian
          ? []
          : [
              'step trust-extract',
              'row mirrors-effective',
              'row trust-bundle',
              'row trust-openssl',
              'row trust-public-roots',
            ];
      expect(skipped).toEqual(foreign);
    },
  );
});

test('a dropped step is noticed by the verdict even where every row still passes', async () => {
  const inputs = fullInputs('alinux2');
  const steps = imageSteps(inputs, templates);
  const rows = verifyRows(inputs, templates);
  const [, ...kept] = steps.map(({ id, script }) => ({ name: id, text: script }));
  const verdict = judge(steps, rows, reportsOf(await run('alinux2', kept)));
  expect(verdict.red).toContain(`step ${steps[0]?.id} did not report: it never ran`);
});
