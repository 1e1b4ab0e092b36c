/** Tests that action.yml runs bake in another repository's job as its inputs say: its own `run:` block, as GitHub runs it. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bakeBin, plainEnvironment } from '../support/bake.ts';
import { emptyFolder, exampleProject, repository } from '../support/project.ts';

interface Action {
  inputs: Record<string, { required?: boolean; default?: string; description: string }>;
  outputs: Record<string, { value: string }>;
  runs: {
    using: string;
    steps: { id?: string; run?: string; env?: Record<string, string>; uses?: string }[];
  };
}

const action = parse(fs.readFileSync(path.join(repository, 'action.yml'), 'utf8')) as Action;
const step = action.runs.steps.find(({ id }) => id === 'bake');

function run(inputs: Record<string, string>, cwd: string) {
  const temp = emptyFolder();
  const outputFile = path.join(temp, 'output');
  fs.writeFileSync(outputFile, '');
  // The action's folder as `npm ci` leaves it: with dist/ in it.
  fs.symlinkSync(path.dirname(bakeBin()), path.join(temp, 'dist'));
  const given = Object.entries(step?.env ?? {}).map(([name, text]) => [
    name,
    text.replace(
      /\$\{\{ inputs\.([\w-]+) \}\}/g,
      (_, input: string) => inputs[input] ?? action.inputs[input]?.default ?? '',
    ),
  ]);
  const ran = spawnSync(
    'bash',
    ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', step?.run ?? 'exit 99'],
    {
      cwd,
      env: {
        ...plainEnvironment(),
        ...(Object.fromEntries(given) as Record<string, string>),
        GITHUB_ACTION_PATH: temp,
        GITHUB_OUTPUT: outputFile,
        RUNNER_TEMP: temp,
      },
      encoding: 'utf8',
    },
  );
  const outputs = Object.fromEntries(
    fs
      .readFileSync(outputFile, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split('=') as [string, string]),
  );
  const printed = fs.readFileSync(outputs['output'] ?? '', 'utf8');
  fs.rmSync(temp, { recursive: true });
  return { status: ran.status, stdout: ran.stdout, exitCode: outputs['exit-code'], printed };
}

describe('the action', () => {
  it('is composite, and describes each input', () => {
    expect(action.runs.using).toBe('composite');
    for (const input of Object.values(action.inputs)) expect(input.description.length).toBeGreaterThan(10);
    expect(Object.values(action.outputs).map(({ value }) => value)).toEqual([
      '${{ steps.bake.outputs.exit-code }}',
      '${{ steps.bake.outputs.output }}',
    ]);
  });

  it('puts no input into a script, where it would be code', () => {
    const scripts = action.runs.steps.map(({ run: script }) => script ?? '').join('\n');
    expect(scripts).not.toContain('${{');
  });

  it('passes each line on as one argument, and outputs the exit code of bake', () => {
    const folder = exampleProject();
    const ran = run({ args: 'explain\n$(touch hacked) *\n' }, folder);
    expect(ran).toMatchObject({ status: 2, exitCode: '2' });
    expect(fs.existsSync(path.join(folder, 'hacked'))).toBe(false);
    const listed = run({ args: 'explain\nPREFLIGHT\n--json' }, folder);
    expect(listed).toMatchObject({ status: 0, exitCode: '0' });
    expect(JSON.parse(listed.printed)).toMatchObject({ exit: 3 });
    expect(listed.stdout).toBe(listed.printed);
    fs.rmSync(folder, { recursive: true });
  });

  it('succeeds on differences when the input asks for it, and fails on every other error', () => {
    const folder = exampleProject();
    const args = 'plan\n--os\nubuntu2204\n--arch\nx86_64\n--sandbox\n--json';
    expect(run({ args }, folder)).toMatchObject({ status: 1, exitCode: '1' });
    const passed = run({ args, differences: 'pass' }, folder);
    expect(passed).toMatchObject({ status: 0, exitCode: '1' });
    expect(JSON.parse(passed.printed)).toMatchObject({ sandbox: true });
    expect(run({ args: 'no-such-command', differences: 'pass' }, folder).status).toBe(2);
    fs.rmSync(folder, { recursive: true });
  });
});
