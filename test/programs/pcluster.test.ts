/**
 * Tests how bake finds pcluster and reads its answers, with a stand-in for its Python. test/peers/pcluster-schema.test.ts
 * uses the real one.
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { validatedText } from '../../src/cli/rotation-validated-text.ts';
import { validateConfigs, type ConfigToValidate, type ConfigVerdict } from '../../src/programs/pcluster.ts';
import { readUpdate } from '../../src/programs/pcluster-update.ts';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'bake-pcluster-test-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

interface StandIn {
  version: string;
  /** Its answers, by the content of the file. */
  messages?: Record<string, { path: string; message: string }[]>;
  unfit?: string;
  /** The first line of the script, which names its Python. */
  start?: (python: string) => string;
  /** The answer of `pcluster update-cluster`. */
  update?: string;
}

/** A folder for PATH with a `pcluster`, and a Python that answers like the schema script. */
function install(name: string, { version, messages = {}, unfit, start, update }: StandIn): string {
  const bin = path.join(folder, name);
  fs.mkdirSync(bin, { recursive: true });
  const python = path.join(bin, 'python3');
  const program = (text: string): string => `#!${process.execPath}\n${text}\n`;
  const answers = `
const fs = require('fs');
const [dash, release, ...files] = process.argv.slice(2);
const script = fs.readFileSync(0, 'utf8');
if (dash !== '-' || !script.includes('ClusterSchema')) process.exit(9);
if (process.env.AWS_ACCESS_KEY_ID !== undefined || process.env.PYTHONPATH !== undefined) process.exit(8);
if (fs.readdirSync('.').some((file) => file.endsWith('.py'))) process.exit(7);
const say = (what) => console.log(JSON.stringify(what));
say({ version: ${JSON.stringify(version)} });
if (release === '-' || release === ${JSON.stringify(version)}) {
  ${unfit === undefined ? '' : `say({ unfit: ${JSON.stringify(unfit)} }); process.exit(0);`}
  const messages = ${JSON.stringify(messages)};
  for (const file of files) say({ file, messages: messages[fs.readFileSync(file, 'utf8')] ?? [] });
}`;
  fs.writeFileSync(python, program(answers), { mode: 0o755 });
  // Its first line names Python; if it is started directly, it runs as a shell script.
  const head = start === undefined ? `#!${python}` : start(python);
  fs.writeFileSync(path.join(bin, 'pcluster'), `${head}\n`, { mode: 0o755 });
  if (update !== undefined) {
    const both = `#!${python}\n`;
    fs.writeFileSync(path.join(bin, 'pcluster'), both, { mode: 0o755 });
    fs.writeFileSync(
      python,
      program(
        `if (process.argv[2] === '-') { ${answers} } else { console.log(process.argv.includes('update-cluster') && ${JSON.stringify(update)}); require('fs').writeFileSync(${JSON.stringify(path.join(bin, 'asked.json'))}, JSON.stringify({ args: process.argv.slice(3), env: process.env })); process.exit(1); }`,
      ),
      { mode: 0o755 },
    );
  }
  return bin;
}

function validate(configs: readonly ConfigToValidate[], ...bins: string[]): Promise<ConfigVerdict[]> {
  const env = { PATH: bins.join(':'), AWS_ACCESS_KEY_ID: 'x', PYTHONPATH: '/x' };
  return validateConfigs(configs, { env, signal: new AbortController().signal });
}

const config = (text: string, more: Partial<ConfigToValidate> = {}): ConfigToValidate => ({
  file: 'clusters/prod.yaml',
  bytes: Buffer.from(text),
  region: 'us-east-1',
  ...more,
});

describe('pcluster on PATH', () => {
  test('is the one of the same release as the config', async () => {
    const old = install('old', { version: '3.14.0' });
    const wanted = install('wanted', {
      version: '3.15.1',
      messages: { bad: [{ path: 'HeadNode.Iam', message: 'Unknown field.' }] },
    });
    const verdicts = await validate(
      [
        config('bad', { parallelcluster: '3.15.1' }),
        config('good', { parallelcluster: '3.14.0' }),
        config('x', { parallelcluster: '3.9.0' }),
      ],
      old,
      wanted,
    );
    expect(verdicts).toMatchObject([
      { pcluster: '3.15.1', messages: [{ path: 'HeadNode.Iam', message: 'Unknown field.' }] },
      { pcluster: '3.14.0', messages: [] },
      { skipped: `pcluster 3.9.0 is not on PATH (${old}/pcluster is 3.14.0; ${wanted}/pcluster is 3.15.1)` },
    ]);
  });

  test('is the first one if the release of the cluster is unknown', async () => {
    const bin = install('any', { version: '3.13.2' });
    const verdicts = await validate([config('x')], bin);
    expect(verdicts).toMatchObject([{ pcluster: '3.13.2', releaseUnknown: true }]);
    expect(validatedText(verdicts)).toMatch(/pcluster 3\.13\.2[^]*the release of the cluster is not known/);
    const known = await validate([config('x', { parallelcluster: '3.13.2' })], bin);
    expect(validatedText(known)).not.toContain('not known');
  });

  test('is found if its first line uses env, or the shell line that pip writes for a long path', async () => {
    const long = install('long', {
      version: '3.15.1',
      start: (python) => `#!/bin/sh\n'''exec' "${python}" "$0" "$@"\n' '''`,
    });
    const byEnv = install('env', { version: '3.15.1', start: () => '#!/usr/bin/env python3' });
    for (const bin of [long, byEnv]) {
      expect(await validate([config('x')], bin)).toMatchObject([{ pcluster: '3.15.1' }]);
    }
  });

  test('of 2.x has no schema and is skipped', async () => {
    const two = install('two', { version: '2.11.9', unfit: "No module named 'pcluster.schemas'" });
    expect((await validate([config('x')], two))[0]?.skipped).toBe(
      `no pcluster on PATH has a schema that loads (${two}/pcluster is 2.11.9, and 2.x has no schema)`,
    );
    expect((await validate([config('x')], two, install('three', { version: '3.13.2' })))[0]).toMatchObject({
      pcluster: '3.13.2',
    });
  });

  test('names a Python module that it lacks', async () => {
    const bare = install('bare', { version: '3.15.1', unfit: "No module named 'marshmallow'" });
    expect((await validate([config('x', { parallelcluster: '3.15.1' })], bare))[0]?.skipped).toBe(
      `no pcluster 3.15.1 on PATH has a schema that loads (${bare}/pcluster is 3.15.1: No module named 'marshmallow')`,
    );
  });

  test.each([
    ['is no Python program', { version: '3.15.1', start: () => '#!/bin/sh' }],
    ['is a program of nothing', { version: '3.15.1', start: () => '' }],
  ])('that %s is not used', async (name, standIn) => {
    expect(await validate([config('x')], install(name, standIn))).toMatchObject([
      { skipped: 'pcluster is not on PATH', messages: [] },
    ]);
  });

  test('is reported as missing for each config', async () => {
    expect(await validate([config('x'), config('y')], path.join(folder, 'nothing'))).toMatchObject([
      { skipped: 'pcluster is not on PATH' },
      { skipped: 'pcluster is not on PATH' },
    ]);
  });

  test('dry-runs the update of the live cluster if there are credentials', async () => {
    const bin = install('live', {
      version: '3.15.1',
      update: JSON.stringify({
        message: 'Request would have succeeded, but DryRun flag is set.',
        changeSet: [],
      }),
    });
    const [verdict] = await validateConfigs([config('good', { cluster: 'prod', region: 'eu-west-1' })], {
      env: { PATH: bin, SECRET: 'no' },
      access: { env: { AWS_ACCESS_KEY_ID: 'AKID' }, ca: ['PEM'] },
      signal: new AbortController().signal,
    });
    expect(verdict?.update).toMatchObject({ cluster: 'prod', accepted: true });
    const asked = JSON.parse(fs.readFileSync(path.join(bin, 'asked.json'), 'utf8')) as {
      args: string[];
      env: Record<string, string>;
    };
    expect(asked.args.join(' ')).toMatch(
      /^update-cluster --cluster-name prod --cluster-configuration \S+ --dryrun true --region eu-west-1$/,
    );
    expect(asked.env).toMatchObject({ AWS_ACCESS_KEY_ID: 'AKID', AWS_DEFAULT_REGION: 'eu-west-1' });
    expect(asked.env['AWS_CA_BUNDLE']).toMatch(/cas\.pem$/);
    expect(asked.env['SECRET']).toBeUndefined();
  });
});

describe('the answer of a dry run', () => {
  const change = { parameter: 'Image.CustomAmi', requestedValue: 'ami-2', currentValue: 'ami-1' };

  test('accepts an update that would succeed', () => {
    const said = { message: 'Request would have succeeded, but DryRun flag is set.', changeSet: [change] };
    expect(readUpdate('prod', JSON.stringify(said), '')).toEqual({
      cluster: 'prod',
      accepted: true,
      message: said.message,
      changes: [{ path: 'Image.CustomAmi', from: 'ami-1', to: 'ami-2' }],
      messages: [],
    });
  });

  test('names the refused change, and what ParallelCluster requires first', () => {
    const queue = { ...change, parameter: 'Scheduling.SlurmQueues[q1].Image.CustomAmi' };
    const said = {
      message: 'Update failure',
      changeSet: [change, queue],
      updateValidationErrors: [
        { ...change, message: 'not supported' },
        { parameter: 'Other', message: 'no' },
      ],
    };
    expect(readUpdate('prod', JSON.stringify(said), '')).toMatchObject({
      accepted: false,
      changes: [
        { path: 'Image.CustomAmi', refusal: 'not supported' },
        { path: 'Scheduling.SlurmQueues[q1].Image.CustomAmi' },
        { path: 'Other', refusal: 'no' },
      ],
    });
  });

  test('keeps the level of the messages of validators', () => {
    const said = {
      message: 'Invalid cluster configuration.',
      configurationValidationErrors: [
        { level: 'ERROR', type: 'SubnetsValidator', message: 'gone' },
        { level: 'WARNING', id: 'KeyPairValidator', message: 'no key' },
      ],
    };
    expect(readUpdate('prod', JSON.stringify(said), '')).toMatchObject({
      accepted: false,
      messages: [
        { path: 'SubnetsValidator', level: 'ERROR' },
        { path: 'KeyPairValidator', level: 'WARNING' },
      ],
    });
  });

  test('is not a refusal if nothing changes', () => {
    const said = { message: 'Bad Request: No changes found in your cluster configuration.' };
    expect(readUpdate('prod', JSON.stringify(said), '')).toMatchObject({ accepted: true, changes: [] });
  });

  test.each(['', 'Traceback …', '[]', '{"changeSet":{"a":1},"updateValidationErrors":[null,3]}'])(
    'a text that is not a refusal is treated as one: %j',
    (text) => expect(readUpdate('prod', text, 'the last words').accepted).toBe(false),
  );
});
