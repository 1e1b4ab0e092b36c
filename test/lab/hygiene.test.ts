/** Tests hygiene and the inventory in a real root filesystem, and that neither starts more processes for more files. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { RehearsalResult } from '../../src/engines/rehearsal/contract.ts';
import { probeIsolation } from '../../src/engines/rehearsal/rehearse.ts';
import { rehearseSome } from './support/library.ts';
import { familyOfRootfs } from '../../src/engines/rehearsal/rootfs.ts';
import { hygienePart } from '../../src/image/hygiene/hygiene.ts';
import type { ImageInputs } from '../../src/image/inputs.ts';
import { inventoryPart } from '../../src/image/inventory.ts';
import { collectReport, type Reports } from '../../src/image/report.ts';
import { renderRow, renderStep, type ImagePart } from '../../src/image/script.ts';
import { packagedTemplates } from '../../src/text/templates.ts';
import { isComplete, readInventory, type Inventory } from '../../src/sbom/inventory.ts';
import { findOs } from '../../src/os/index.ts';
import { fullInputs } from '../image/support/inputs.ts';

interface Script {
  name: string;
  text: string;
}

const templates = packagedTemplates();

function scriptsOf(part: ImagePart): { steps: Script[]; rows: Script[] } {
  return {
    steps: part.steps.map((draft) => ({ name: draft.id, text: renderStep(draft, templates).script })),
    rows: part.rows.map((draft) => ({ name: draft.id, text: renderRow(draft, templates).script })),
  };
}

async function run(
  scripts: Script[],
  os = 'ubuntu2204',
): Promise<{ results: RehearsalResult[]; reports: Reports }> {
  const reports: Reports = { reports: [], data: [] };
  const results = await rehearseSome({
    target: { os, arch: 'x86_64', parallelcluster: '3.15.1' },
    scripts,
    keepGoing: true,
    onLine: (_, line) => collectReport(line, reports),
  });
  return { results, reports };
}

function outcomes(results: readonly RehearsalResult[]): Record<string, string> {
  return Object.fromEntries(results.map(({ name, outcome }) => [name, outcome]));
}

/** A namespace assigns process ids in order, so the difference of two ids is the number of started processes. */
const counter = (name: string): Script => ({ name, text: 'echo "pid $BASHPID"' });

async function startsOf(before: string, script: Script): Promise<number> {
  const plant = { name: 'plant', text: before };
  const { results } = await run([plant, counter('idle'), counter('first'), script, counter('last')]);
  const pid = (name: string): number =>
    Number(/pid (\d+)/.exec(results.find((one) => one.name === name)?.output ?? '')?.[1]);
  const overhead = pid('first') - pid('idle');
  expect(results.find((one) => one.name === script.name)?.outcome).toBe('passed');
  // Between the two ids are the script and one process of the rehearsal itself.
  return pid('last') - pid('first') - 2 * overhead;
}

let debian = false;
beforeAll(async () => {
  const { isolation, why } = await probeIsolation();
  if (isolation === 'none') throw new Error(`these tests need namespaces: ${why}`);
  debian = (await familyOfRootfs(undefined)) === 'debian';
});

const inputs: ImageInputs = fullInputs('ubuntu2204');
const hygiene = scriptsOf(hygienePart({ assets: [] }));
const inventory = scriptsOf(inventoryPart(inputs));

describe('hygiene', () => {
  test('removes all leftovers of the skeleton, and every row fails without the step', async () => {
    const after = await run([...hygiene.steps, ...hygiene.rows]);
    expect(new Set(Object.values(outcomes(after.results)))).toEqual(new Set(['passed']));
    const mark = {
      name: 'mark',
      text: 'mkdir -p /opt/bakery; echo root::1:::::: > /etc/shadow; sleep 0.05; touch /opt/bakery/hygiene',
    };
    const secret = {
      name: 'secret',
      text: 'mkdir -p /root/.docker /var/cache/apt/archives; touch /var/cache/apt/archives/x.deb; echo \'{"auth": "dXNlcjpwYXNzd29yZA=="}\' > /root/.docker/config.json',
    };
    const without = outcomes((await run([secret, mark, ...hygiene.rows])).results);
    expect(hygiene.rows.filter(({ name }) => without[name] !== 'failed').map(({ name }) => name)).toEqual([]);
  });

  const plant = (count: number): string =>
    `mkdir -p /home/u{1..${count}}/.ssh; touch /var/log/x{1..${count}}.log /home/u{1..${count}}/.ssh/authorized_keys /etc/c{1..${count}}.conf`;

  test.each(
    [hygiene.steps[0], ...hygiene.rows].flatMap((script) => (script ? [[script.name, script] as const] : [])),
  )('%s starts as many processes for 300 files as for 3', async (name, script) => {
    const rest = name === 'hygiene' ? '' : `; ${hygiene.steps[0]?.text ?? ''}`;
    const few = await startsOf(plant(3) + rest, script);
    expect(await startsOf(plant(300) + rest, script)).toBe(few);
    expect(few).toBeGreaterThan(0);
    expect(few).toBeLessThan(30);
  });
});

describe('the inventory', () => {
  test('lists the packages of dpkg and the Python packages of known environments', async ({ skip }) => {
    if (!debian) skip('this machine is not of the Debian family');
    const place = '/opt/parallelcluster/pyenv/versions/3.12.8/envs/node_virtualenv';
    const info = `${place}/lib/python3.12/site-packages`;
    const text = [
      `mkdir -p ${info}/Foo_Bar-1.2.dist-info ${info}/old-0.1.egg-info`,
      `printf 'Metadata-Version: 2.1\\r\\nName: Foo.Bar\\r\\nVersion: 1.2\\r\\n\\r\\nName: no\\r\\nVersion: 9\\r\\n' > ${info}/Foo_Bar-1.2.dist-info/METADATA`,
      `printf 'Name: old\\nVersion: 0.1\\n' > ${info}/old-0.1.egg-info/PKG-INFO`,
      'mkdir -p /lib/modules/5.15.0-1072-aws /lib/modules/5.15.0-999-aws',
      "dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\\n' | grep ^installed",
    ].join('\n');
    const { results, reports } = await run([{ name: 'plant', text }, ...inventory.steps, ...inventory.rows]);
    expect(new Set(Object.values(outcomes(results)))).toEqual(new Set(['passed']));
    const found = readInventory(reports.data) as Inventory;
    expect(found).toMatchObject({
      os: 'ubuntu',
      osVersion: '22.04',
      kernel: '5.15.0-1072-aws',
      missingPrograms: [],
    });
    expect(isComplete(found)).toBe(true);
    const wanted = (results[0]?.output ?? '')
      .split('\n')
      .filter((line) => line.startsWith('installed '))
      .sort();
    const debs = found.packages.filter(({ kind }) => kind === 'deb');
    expect([...new Set(debs.map(({ name, version }) => `installed ${name} ${version}`))].sort()).toEqual([
      ...new Set(wanted),
    ]);
    expect(found.packages.filter(({ kind }) => kind === 'pip')).toEqual([
      { kind: 'pip', name: 'foo-bar', version: '1.2', arch: '', place },
      { kind: 'pip', name: 'old', version: '0.1', arch: '', place },
    ]);
  });

  test('reports on a machine of another family that packages cannot be listed', async () => {
    const os = debian ? 'rocky9' : 'ubuntu2204';
    const part = scriptsOf(inventoryPart({ ...inputs, os: findOs(os) ?? inputs.os }));
    const { results, reports } = await run([...part.steps, ...part.rows], os);
    expect(results.map(({ outcome }) => outcome)).toEqual(['passed', 'skipped']);
    expect(isComplete(readInventory(reports.data) as Inventory)).toBe(false);
  });

  test('starts as many processes for 300 Python packages as for 3', async () => {
    const plant = (count: number): string =>
      `cd /usr/local/lib; for d in python3.9/site-packages/p{1..${count}}-1.dist-info; do echo "$d"; done | xargs mkdir -p; for d in python3.9/site-packages/*; do printf 'Name: p\\nVersion: 1\\n' > $d/METADATA; done`;
    const [script] = inventory.steps as [Script];
    expect(await startsOf(plant(300), script)).toBe(await startsOf(plant(3), script));
  });

  test('makes its row fail without the step', async ({ skip }) => {
    if (!debian) skip('this machine is not of the Debian family');
    expect(outcomes((await run(inventory.rows)).results)).toEqual({ inventory: 'failed' });
  });
});
