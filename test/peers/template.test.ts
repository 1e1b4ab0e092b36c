/** Tests that templates pass cfn-lint, informational rules included, and that the config inside loads in the real pcluster. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { innerConfig } from '../../src/template/inner.ts';
import { clusterTemplate, type ClusterTemplate } from '../../src/template/template.ts';
import { validateConfigs } from '../../src/programs/pcluster.ts';
import { aliased, awsbatch, json, OLD, rootOnly } from '../template/configs.ts';
import { bake } from '../support/bake.ts';
import { exampleProject, repository } from '../support/project.ts';
import { pclusterMissing, pclusterPath } from './pcluster.ts';

const bin = path.join(repository, '.cache/peers/bin');
const cfnLint = path.join(bin, 'cfn-lint');
const noLint = fs.existsSync(cfnLint) ? undefined : 'cfn-lint is not installed: scripts/ci-setup does it';
if (noLint !== undefined && process.env['CI'] === 'true') throw new Error(noLint);
const missing = noLint ?? pclusterMissing();

const project = exampleProject({ 'clusters/root-only.yaml': rootOnly });
afterAll(() => fs.rmSync(project, { recursive: true }));

function wrap(
  config: string,
  os: string,
  parallelcluster: string,
  more: { includeRoot?: boolean; region?: string } = {},
): ClusterTemplate {
  return clusterTemplate({
    file: 'clusters/prod.yaml',
    bytes: Buffer.from(config),
    parallelcluster,
    region: 'us-east-1',
    clusterName: 'prod',
    families: new Map([[OLD, { os, arch: 'x86_64', parallelcluster }]]),
    parameterOf: (of) => `/hpc/ami/stable/${of.os}/${of.arch}/${of.parallelcluster}`,
    includeRoot: false,
    ...more,
  });
}

const cases: Record<string, ClusterTemplate> = {
  'a root-only config, its queues opened': wrap(rootOnly, 'alinux2', '3.15.1'),
  'the same with the root following': wrap(rootOnly, 'alinux2', '3.15.1', { includeRoot: true }),
  'aliases and merge keys, which pcluster itself refuses': wrap(aliased('alinux2'), 'alinux2', '3.15.1'),
  'JSON with tabs, which pcluster itself refuses': wrap(json('alinux2023'), 'alinux2023', '3.16.1'),
  'a login pool on Rocky': wrap(aliased('rocky9'), 'rocky9', '3.16.1'),
  'a Region of China': wrap(rootOnly.replace('us-east-1', 'cn-north-1'), 'alinux2', '3.15.1', {
    region: 'cn-north-1',
  }),
  'an older OS': wrap(aliased('ubuntu2004'), 'ubuntu2004', '3.13.2'),
  awsbatch: wrap(awsbatch, 'alinux2', '3.15.1'),
};

describe.skipIf(missing)(`a template${missing ? ` (skipped: ${missing})` : ''}`, () => {
  test('of every style passes cfn-lint', () => {
    const files = Object.values(cases).map(({ text }, at) => {
      const file = path.join(project, `case-${at}.yaml`);
      fs.writeFileSync(file, Buffer.from(text, 'latin1'));
      return file;
    });
    const ran = spawnSync(cfnLint, ['--include-checks', 'I', '--', ...files], {
      cwd: project,
      encoding: 'utf8',
    });
    expect(ran.error).toBeUndefined();
    expect(ran.stdout + ran.stderr).toBe('');
  });

  test('of every style has a config that loads in pcluster of its release', async () => {
    const candidates = Object.entries(cases).map(([file, { text }]) => ({
      file,
      bytes: Buffer.from(JSON.stringify(innerConfig(text))),
      region: 'us-east-1',
      parallelcluster: /ParallelCluster (\S+) cluster/.exec(text)?.[1],
    }));
    const verdicts = await validateConfigs(candidates, {
      env: { PATH: pclusterPath },
      signal: new AbortController().signal,
    });
    expect(verdicts.map(({ file, messages, skipped }) => [file, messages, skipped])).toEqual(
      Object.keys(cases).map((file) => [file, [], undefined]),
    );
  });

  const run = (...args: string[]) =>
    bake(['template', ...args, '--os', 'alinux2', '--parallelcluster', '3.15.1', '--validate', '--json'], {
      cwd: project,
      env: { PATH: [bin, pclusterPath, process.env['PATH']].join(path.delimiter) },
    });

  test('is validated by the programs on PATH, with the pcluster of its release among several', async () => {
    const ran = await run('clusters/root-only.yaml');
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(ran.stdout)).toMatchObject({
      template: {
        validated: { by: [expect.stringMatching(/^cfn-lint \d/), 'pcluster 3.15.1'], findings: [] },
      },
    });
  });

  test('whose config pcluster refuses ends in exit 1 with the field and the reason, and is not uploaded', async () => {
    fs.writeFileSync(
      path.join(project, 'clusters/bad.yaml'),
      rootOnly.replace('MinCount: 0', 'MinCount: few'),
    );
    const ran = await run('clusters/bad.yaml', '--upload', 's3://nowhere/x');
    expect(ran.exitCode).toBe(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      template: {
        url: null,
        validated: {
          findings: ['Scheduling.SlurmQueues[0].ComputeResources[0].MinCount: Not a valid integer.'],
        },
      },
    });
  });

  test('with a mistake fails in cfn-lint', () => {
    const file = path.join(project, 'broken.yaml');
    const { text } = cases['awsbatch'] as ClusterTemplate;
    fs.writeFileSync(file, text.replace('!Ref ClusterName', '!Ref ClusterNam'));
    const ran = spawnSync(cfnLint, ['--', file], { cwd: project, encoding: 'utf8' });
    expect(ran.stdout).toContain('ClusterNam');
  });
});
