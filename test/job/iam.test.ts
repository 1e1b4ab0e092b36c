/** Tests that each command makes only the calls that `bake iam COMMAND` allows. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { actionsOf, commandParts } from '../../src/aws/actions.ts';
import { engines } from '../../src/engines/index.ts';
import { engineRows } from '../../src/engines/registry.ts';
import { commands } from '../../src/cli/commands.ts';
import { stateOf, withAccount } from '../support/account.ts';
import { bake } from '../support/bake.ts';
import { exampleProject } from '../support/project.ts';

/** Command → its command line, in this order, because the other commands need the result of a run. */
const target = ['--os', 'ubuntu2204', '--arch', 'x86_64'];
const here = [...target, '--region', 'us-east-1'];
const lines: Record<string, string[]> = {
  plan: ['plan', ...here],
  run: ['run', ...target, '--channel', 'candidate'],
  promote: [
    'promote',
    ...here,
    '--from',
    'candidate',
    '--to',
    'stable',
    '--unverified',
    '--yes',
    '--no-rotate',
  ],
  rollback: ['rollback', ...here, '--channel', 'stable', '--yes', '--no-rotate'],
  publish: ['publish', ...here, '--channel', 'test', '--unverified', '--yes', '--no-rotate'],
  images: ['images', '--os', 'ubuntu2204'],
  rotate: ['rotate', '--yes', '--allow-unresolved'],
  reap: ['reap', '--yes'],
  schedule: ['schedule', '--engine', 'imagebuilder', ...here, '--yes'],
};

describe('the IAM policy of a command', () => {
  it('allows every call that it makes over two Regions', async () => {
    const folder = exampleProject();
    await withAccount({ state: stateOf(folder), rehearse: 'off' }, async (_aws, { endpoint }) => {
      const calls = async (): Promise<Record<string, number>> =>
        (await (await fetch(`${endpoint}/_sandbox/calls`)).json()) as Record<string, number>;
      const env = { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };
      for (const [command, line] of Object.entries(lines)) {
        const before = await calls();
        const ran = await bake(line, { cwd: folder, env });
        expect([0, 1], `${command}: ${ran.stderr}`).toContain(ran.exitCode);
        const after = await calls();
        const made = Object.keys(after).filter((call) => after[call] !== before[call]);
        const allowed = new Set(
          actionsOf(command, engineRows(engines, command, ['imagebuilder'])).flatMap((row) => row.actions),
        );
        expect(made.length, command).toBeGreaterThan(1);
        expect(
          made.filter((call) => !allowed.has(call)),
          command,
        ).toEqual([]);
      }
    });
    fs.rmSync(folder, { recursive: true });
  }, 180_000);

  it('exists for every command that it accepts', () => {
    const iam = commands.find(({ name }) => name === 'iam');
    const choices = [...(iam?.arguments?.[0]?.choices ?? [])];
    expect(choices.sort()).toEqual(Object.keys(commandParts).sort());
    const names = new Set(commands.map(({ name }) => name));
    expect(choices.filter((choice) => !names.has(choice))).toEqual([]);
  });
});
