/** Tests the rows that every image has: each fails if the thing that it checks is wrong. */
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { baselineRows } from '../../src/image/expectations.ts';
import type { ImageInputs } from '../../src/image/inputs.ts';
import { renderRow } from '../../src/image/script.ts';
import { packagedTemplates } from '../../src/text/templates.ts';
import { asset, fullInputs } from './support/inputs.ts';
import { newRoot, runIn } from './support/sandboxed.ts';

const plain: ImageInputs = { ...fullInputs('alinux2'), recipe: [], assets: [] };

function script(id: string, inputs = plain): string {
  const draft = baselineRows(inputs).find((row) => row.id === id);
  if (!draft) throw new Error(id);
  return renderRow(draft, packagedTemplates()).script;
}

describe('parallelcluster-kept', () => {
  const USERS =
    'root:x:0:0::/root:\npcluster-admin:x:400:400::/:\nslurm:x:401:401::/:\nmunge:x:402:402::/:\n';
  const files = {
    'etc/passwd': USERS,
    'etc/parallelcluster/x': '',
    'opt/cinc/x': '',
    'usr/local/sbin/ami_cleanup.sh': '',
    'etc/selinux/config': 'SELINUX=disabled\n',
  };
  const run = (changes: Record<string, string>, inputs = plain) => {
    const root = newRoot({ ...files, ...changes });
    return runIn(root, script('parallelcluster-kept', inputs));
  };

  test("passes if ParallelCluster's files are unchanged", () => {
    expect(run({}).report).toMatchObject({ outcome: 'passed' });
  });

  test.each([
    ['a uid of another user', { 'etc/passwd': `${USERS}site:x:404:404::/:\n` }, 'uid 404 belongs to site'],
    [
      'slurm with another uid',
      { 'etc/passwd': USERS.replace(':401:', ':999:') },
      'slurm has uid 999, not 401',
    ],
    ['SELinux enforcing', { 'etc/selinux/config': '# x\nSELINUX=enforcing\n' }, 'SELinux is enforcing'],
  ])('fails with %s', (_, changes, words) => {
    const { report } = run(changes);
    expect(report).toMatchObject({ outcome: 'failed' });
    expect(report?.text).toContain(words);
  });

  test('fails without Cinc or the clean-up script', () => {
    for (const gone of ['opt/cinc', 'usr/local/sbin/ami_cleanup.sh']) {
      const root = newRoot(files);
      fs.rmSync(path.join(root, gone), { recursive: true });
      expect(runIn(root, script('parallelcluster-kept')).report).toMatchObject({ outcome: 'failed' });
    }
  });

  test.each([
    ['/home/ec2-user/x', 'failed'],
    ['/opt/slurm/etc/x', 'failed'],
    ['/opt/slurmish/x', 'passed'],
    ['/tmp/x', 'failed'],
  ])('an asset at %s: %s', (at, outcome) => {
    const inputs = { ...plain, assets: [asset('x', at, Buffer.from('x'))] };
    expect(run({}, inputs).report).toMatchObject({ outcome });
  });
});

describe('parallelcluster-venvs', () => {
  const at = 'opt/parallelcluster/pyenv/versions/3.12.8/envs';
  function run(pythons: Record<string, string>) {
    const root = newRoot(
      Object.fromEntries(Object.entries(pythons).map(([name, text]) => [`${at}/${name}/bin/python`, text])),
    );
    for (const name of Object.keys(pythons)) fs.chmodSync(path.join(root, at, name, 'bin/python'), 0o755);
    return runIn(root, script('parallelcluster-venvs'));
  }
  // Prints the modules that it was asked to import.
  const fine = '#!/bin/sh\necho "$3"\n';

  test('imports in each environment the modules that ParallelCluster needs', () => {
    const { report } = run({ node_virtualenv: fine, cfn_bootstrap_virtualenv: fine, site: fine });
    expect(report).toMatchObject({ outcome: 'passed' });
    expect(report?.text).toMatch(/import sys, cfnbootstrap;[^]*import sys, botocore;[^]*import sys, ssl;/);
  });

  test.each([
    ['one that does not start', { node_virtualenv: '#!/nowhere/python\n' }],
    ['one that cannot import it', { site: fine, node_virtualenv: '#!/bin/sh\nexit 1\n' }],
    ['none at all', {}],
  ])('fails with %s', (_, pythons) => {
    expect(run(pythons).report).toMatchObject({ outcome: 'failed' });
  });
});

describe('nothing-listening', () => {
  /** Whether the row names a port that the test opens. Other listeners of this machine are ignored. */
  async function named(host: string): Promise<boolean> {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const { output, report } = runIn(newRoot(), script('nothing-listening'));
    server.close();
    const found = output.includes(`listens: tcp/${port} `);
    if (found) expect(report).toMatchObject({ outcome: 'failed' });
    return found;
  }

  test('names a program that listens on the network', async () => {
    expect(await named('0.0.0.0')).toBe(true);
  });

  test('ignores listeners that only this machine can reach', async () => {
    expect(await named('127.0.0.1')).toBe(false);
  });
});

describe('free-space', () => {
  test('passes with enough free space and fails with less', () => {
    const text = script('free-space');
    expect(text).toContain("'1024'");
    expect(
      runIn(newRoot(), text.replaceAll("'1024'", "'0'").replaceAll("'95'", "'100'")).report?.outcome,
    ).toBe('passed');
    expect(runIn(newRoot(), text.replaceAll("'1024'", "'999999999'")).report?.outcome).toBe('failed');
    expect(runIn(newRoot(), text.replaceAll("'95'", "'-1'")).report?.outcome).toBe('failed');
  });
});
