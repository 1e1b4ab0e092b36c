/** Tests what trust, assets and user scripts put into an image, with ordinary and with hostile values. */
import {
  chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync,
} from 'node:fs'; // prettier-ignore
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ImageInputs } from '../../src/image/inputs.ts';
import { imageParts } from '../../src/image/parts.ts';
import { imageSteps } from '../../src/image/steps.ts';
import { verifyRows } from '../../src/image/verify.ts';
import { packagedTemplates } from '../../src/text/templates.ts';
import { asset, fullInputs, hostile } from './support/inputs.ts';
import { newRoot, runIn, runStep } from './support/sandboxed.ts';

const templates = packagedTemplates();

function bakeInto(root: string, inputs: ImageInputs, skip: string[] = []) {
  return (
    imageSteps(imageParts(inputs), templates)
      // Every image has these: runIn provides the library, and test/lab/hygiene.test.ts tests the inventory.
      .filter(({ id }) => !['library', 'trust-cas', 'inventory', ...skip].includes(id))
      .map((step) => Object.assign(runStep(root, step), { id: step.id }))
  );
}

function rowOf(root: string, inputs: ImageInputs, id: string) {
  return runIn(root, verifyRows(imageParts(inputs), templates).find((row) => row.id === id)?.script ?? '')
    .report;
}

describe('assets', () => {
  const withAssets = (...assets: ImageInputs['assets'][number][]): ImageInputs => ({
    ...fullInputs('alinux2'),
    recipe: [{ use: 'assets' }],
    assets,
  });

  test.each([
    ['empty', Buffer.alloc(0)],
    ['binary', Buffer.from(Array.from({ length: 2000 }, (_, index) => (index * 7919) % 256))],
    ['text that compresses', Buffer.from('line\n'.repeat(2000))],
  ])('%s bytes arrive unchanged, with their mode', (_, bytes) => {
    const root = newRoot();
    const inputs = withAssets(asset('tool', '/opt/site/deep/tool', bytes, '0750'));
    expect(bakeInto(root, inputs).map(({ status }) => status)).toEqual([0, 0]);
    expect(readFileSync(path.join(root, 'opt/site/deep/tool'))).toEqual(bytes);
    expect(statSync(path.join(root, 'opt/site/deep/tool')).mode & 0o777).toBe(0o750);
    expect(rowOf(root, inputs, 'asset-tool')?.outcome).toBe('passed');
    chmodSync(path.join(root, 'opt/site/deep/tool'), 0o777);
    expect(rowOf(root, inputs, 'asset-tool')?.outcome).toBe('failed');
    rmSync(path.join(root, 'opt/site/deep/tool'));
    expect(rowOf(root, inputs, 'asset-tool')?.outcome).toBe('failed');
  });

  test('hostile paths and names are not executed', () => {
    const root = newRoot();
    const names = hostile.map((text) => text.replaceAll('/', '_').trim());
    const inputs = withAssets(...names.map((name) => asset(name, `/opt/hostile/${name}`, Buffer.from(name))));
    expect(new Set(bakeInto(root, inputs).map(({ status }) => status))).toEqual(new Set([0]));
    expect(readdirSync(path.join(root, 'opt/hostile')).sort()).toEqual([...names].sort());
    const rows = verifyRows(imageParts(inputs), templates).filter(
      ({ id, needs }) => needs.after && !['library', 'trust-cas', 'inventory'].includes(id),
    );
    expect(new Set(rows.map(({ id }) => rowOf(root, inputs, id)?.outcome))).toEqual(new Set(['passed']));
    expect(existsSync('/tmp/pwned')).toBe(false);
  });

  test('the manifest lists them with their digests', () => {
    const root = newRoot();
    const one = asset('tool', '/opt/site/tool', Buffer.from('x'));
    bakeInto(root, withAssets(one));
    const { name, path: at, mode, sha256 } = one;
    expect(JSON.parse(readFileSync(path.join(root, 'opt/bakery/assets.json'), 'utf8'))).toEqual({
      assets: [{ name, path: at, mode, sha256 }],
    });
  });

  test('changed or missing bytes fail the step, which then writes nothing', () => {
    const root = newRoot();
    const one = asset('tool', '/opt/site/tool', Buffer.from('hello'));
    const step = imageSteps(imageParts(withAssets(one)), templates).find(({ id }) => id === 'asset-tool');
    expect(runIn(root, step?.script ?? '')).toMatchObject({
      status: 1,
      output: expect.stringContaining('was not staged') as string,
    });
    writeFileSync(one.file.source, 'hellp');
    const ran = runStep(root, step ?? { script: '' });
    expect(ran).toMatchObject({ status: 1, report: { outcome: 'failed' } });
    expect(existsSync(path.join(root, 'opt/site/tool'))).toBe(false);
  });

  test('no staged file is left, and a row checks that', () => {
    const root = newRoot();
    const inputs = withAssets(asset('tool', '/opt/site/tool', Buffer.from('x')));
    bakeInto(root, inputs);
    expect(existsSync(path.join(root, 'opt/bakery/staging'))).toBe(false);
    expect(rowOf(root, inputs, 'assets-staging')?.outcome).toBe('passed');
    mkdirSync(path.join(root, 'opt/bakery/staging'));
    expect(rowOf(root, inputs, 'assets-staging')?.outcome).toBe('failed');
  });

  test.each([
    ['a relative path', { path: 'opt/x' }, /an absolute path/],
    ['a path with ..', { path: '/opt/../etc/passwd' }, /an absolute path/],
    ['an invalid mode', { mode: 'rwx' }, /a mode such as/],
  ])('%s is refused before anything is rendered', (_, change, message) => {
    const inputs = withAssets({ ...asset('tool', '/opt/site/tool', Buffer.from('x')), ...change });
    expect(() => imageSteps(imageParts(inputs), templates)).toThrow(message);
  });
});

describe('a script of the user', () => {
  const withScript = (...texts: string[]): ImageInputs => ({
    ...fullInputs('alinux2'),
    recipe: texts.map((text) => ({ script: { name: 'site.sh', text } })),
  });

  test('runs as a separate file, outside /tmp', () => {
    const root = newRoot();
    const inputs = withScript('echo "I am $0"; set +e; false; unset PATH; trap - EXIT; exit 0');
    const [ran] = bakeInto(root, inputs);
    expect(ran).toMatchObject({ id: 'script-site.sh', status: 0, report: { outcome: 'passed' } });
    expect(ran?.output).toMatch(new RegExp(`I am ${root}/opt/bakery/.work.[A-Za-z0-9]+/script`));
    expect(rowOf(root, inputs, 'script-site.sh')?.outcome).toBe('passed');
    // Only the marker stays.
    expect(readdirSync(path.join(root, 'opt/bakery'))).toEqual(['scripts']);
  });

  test('in another language runs with the interpreter of its first line', () => {
    const inputs = withScript('#!/usr/bin/env node\nconsole.log(`node says ${1 + 1}`);\n');
    const [ran] = bakeInto(newRoot(), inputs);
    expect(ran).toMatchObject({ status: 0, report: { outcome: 'passed' } });
    expect(ran?.output).toContain('node says 2');
  });

  test('that fails makes the step fail and leaves no marker', () => {
    const root = newRoot();
    const inputs = withScript('exit 7');
    expect(bakeInto(root, inputs)[0]).toMatchObject({
      status: 7,
      report: { outcome: 'failed', text: 'exit status 7' },
    });
    expect(rowOf(root, inputs, 'script-site.sh')?.outcome).toBe('failed');
  });

  test('that changed since it ran makes its row fail', () => {
    const root = newRoot();
    bakeInto(root, withScript('true'));
    expect(rowOf(root, withScript('true '), 'script-site.sh')?.outcome).toBe('failed');
  });

  test.each(hostile)('with any text arrives unchanged: %j', (text) => {
    const root = newRoot();
    const inputs = withScript(`cat > result <<'THE_END'\n${text}\nTHE_END\n`);
    bakeInto(root, inputs);
    expect(readFileSync(path.join(root, 'result'), 'utf8')).toBe(`${text}\n`);
  });

  test('with the name of another one is a separate step', () => {
    const inputs = withScript('echo 1', 'echo 2');
    const root = newRoot();
    expect(bakeInto(root, inputs).map(({ id, report }) => [id, report?.outcome])).toEqual([
      ['script-site.sh', 'passed'],
      ['script-site.sh-2', 'passed'],
    ]);
    expect(rowOf(root, inputs, 'script-site.sh-2')?.outcome).toBe('passed');
  });
});

test('a built-in step that occurs twice is refused', () => {
  expect(() =>
    imageSteps(
      imageParts({ ...fullInputs('alinux2'), recipe: [{ use: 'trust' }, { use: 'trust' }] }),
      templates,
    ),
  ).toThrow(/trust twice/);
});

test('a built-in step that has nothing to do is left out', () => {
  const { os, arch, parallelcluster, regions } = fullInputs('alinux2');
  const recipe: ImageInputs['recipe'] = [{ use: 'mirrors' }, { use: 'trust' }, { use: 'assets' }];
  const inputs = { os, arch, parallelcluster, regions, recipe, certificates: [], assets: [], expect: [] };
  // Every image has these parts.
  expect(imageSteps(imageParts(inputs), templates).map(({ id }) => id)).toEqual(['library', 'inventory']);
});

test("ParallelCluster's .bootstrapped file must name this version", () => {
  const inputs = { ...fullInputs('alinux2'), recipe: [] };
  const mark = (text: string) =>
    rowOf(newRoot({ 'opt/parallelcluster/.bootstrapped': text }), inputs, 'parallelcluster-bootstrapped')
      ?.outcome;
  expect(mark('aws-parallelcluster-cookbook-3.15.1\n')).toBe('passed');
  expect(mark('aws-parallelcluster-cookbook-3.15.10')).toBe('failed');
  expect(rowOf(newRoot(), inputs, 'parallelcluster-bootstrapped')?.outcome).toBe('failed');
});
