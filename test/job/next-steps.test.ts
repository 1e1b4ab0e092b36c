/**
 * Runs every next step and every command in a hint, as it is printed, in the state in which it is printed. The program is
 * called by its path here, so each printed command can be given to a shell.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bakeBin, plainEnvironment } from '../support/bake.ts';
import { emptyFolder, exampleProject } from '../support/project.ts';

/** The id of last month's image of alinux2 in the sandbox. */
const SEEDED = 'ami-00909c2f462ff8e3b';
const bake = `node ${bakeBin()}`;

/** A folder in which alinux2 was baked in the sandbox, twice. */
let baked = 'none yet';
let first = { text: '', image: '' };
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

function keptFolder(folder: string): string {
  folders.push(folder);
  return folder;
}

function copyOfBaked(): string {
  const copy = keptFolder(emptyFolder());
  fs.cpSync(baked, copy, { recursive: true });
  return copy;
}

interface Ran {
  status: number | null;
  stdout: string;
  stderr: string;
}

function shell(command: string, cwd: string): Ran {
  const env = { ...plainEnvironment(), AWS_EC2_METADATA_DISABLED: 'true' };
  return spawnSync('bash', ['-c', command], { cwd, env, encoding: 'utf8' });
}

/** The printed commands: those in backticks, and the lines below Next, without their comments. */
function printed({ stdout, stderr }: Ran): string[] {
  const all = [...stderr.matchAll(/`((?:node|npx) [^`]*)`/g)].map(([, command = '']) => command);
  const next = stdout.split('\nNext\n')[1] ?? '';
  const lines = next.split('\n').filter((line) => line.startsWith('  '));
  return [...all, ...lines.map((line) => line.trim().split('  #')[0] as string)];
}

/** Words that stand for something of the user, as these tests fill them in. */
function filled(command: string, folder: string): string {
  const image = first.image;
  return command
    .replace(/\bOS\b/, 'alinux2')
    .replace(/\bAMI\b/, image)
    .replace(/\bFILE\b/, path.join(folder, 'made-by-the-test.json'))
    .replace(/\bOLD=NEW\b/, `${SEEDED}=${image}`);
}

/** A person at a terminal is asked; nobody can answer here. */
function answered(command: string): string {
  return / (?:publish|promote|rollback|reap)\b/.test(command) && !command.includes('--yes')
    ? `${command} --yes`
    : command;
}

/** Runs what was printed. @returns the commands, with the path of bake as `bake` */
function follow(ran: Ran, folder: string, allowed: readonly number[] = [0, 1]): string[] {
  const commands = printed(ran).filter((command) => !command.startsWith('git '));
  for (const command of commands) {
    const next = shell(answered(filled(command, folder)), folder);
    const all = `${command}\n${next.stdout}${next.stderr}`;
    expect(allowed, all).toContain(next.status);
    if (!allowed.includes(4)) expect(next.stderr, all).not.toMatch(/^✗/m);
  }
  return commands.map((command) => command.replace(bake, 'bake'));
}

beforeAll(() => {
  baked = keptFolder(emptyFolder());
  const ran = shell(`${bake} --os alinux2 --sandbox`, baked);
  if (ran.status !== 0) throw new Error(ran.stderr);
  const image = /→ (ami-\w+) {2}baked/.exec(ran.stdout)?.[1] as string;
  first = { text: ran.stdout, image };
});

describe('next steps', () => {
  it('of the run in README work, and compare the two images', () => {
    const folder = copyOfBaked();
    expect(follow({ status: 0, stdout: first.text, stderr: '' }, folder)).toEqual([
      `bake images diff ${SEEDED} ${first.image} --os alinux2 --sandbox`,
      'bake images --os alinux2 --sandbox',
      'bake init',
    ]);
  });

  it('of a plan do what was planned: with its channel, state, config and --rebake', () => {
    const folder = keptFolder(exampleProject());
    fs.renameSync(path.join(folder, 'bakery.yaml'), path.join(folder, 'my bakery.yaml'));
    const options = "--os alinux2 --channel candidate --rebake --state './a state' --config 'my bakery.yaml'";
    const ran = shell(`${bake} plan ${options} --sandbox`, folder);
    expect(ran.status, ran.stderr).toBe(1);
    const [command] = follow(ran, folder);
    expect(command).toContain('--channel candidate --rebake');
    const images = shell(`${bake} images --sandbox --state './a state' --config 'my bakery.yaml'`, folder);
    expect(images.stdout).toMatch(/ candidate /);
  });

  it('of a promotion compare what it replaced', () => {
    const folder = copyOfBaked();
    shell(`${bake} publish --os alinux2 --channel candidate --image ${first.image} --sandbox --yes`, folder);
    shell(`${bake} rollback --os alinux2 --sandbox --yes`, folder);
    const ran = shell(
      `${bake} publish --os alinux2 --channel stable --image ${first.image} --sandbox --yes`,
      folder,
    );
    expect(ran.status, ran.stderr).toBe(0);
    expect(follow(ran, folder)).toEqual([
      expect.stringMatching(/^bake images diff ami-\w+ ami-\w+ --sandbox$/),
    ]);
  });

  it('of a failed rehearsal show its output and its scripts', () => {
    const folder = keptFolder(exampleProject({ 'files/site.sh': '#!/bin/bash\necho no; exit 3\n' }));
    const ran = shell(`${bake} rehearse --os alinux2 --parallelcluster 3.15.0`, folder);
    expect(ran.status, ran.stderr).toBe(4);
    expect(follow(ran, folder, [0, 4])).toEqual([
      'bake rehearse --os alinux2 --verbose --parallelcluster 3.15.0',
      'bake render --os alinux2 --sandbox --parallelcluster 3.15.0',
    ]);
  });
});

/** [what, command line, expected exit code, expected commands]; `baked`: in a copy of the folder with the baked image. */
const HINTS: [string, string, number, (string | RegExp)[]][] = [
  ['no target, a channel and a state of its own', '--sandbox --channel candidate --state s', 2, [
    'bake --os alinux2 --channel candidate --sandbox --state s',
    'bake --all --channel candidate --sandbox --state s',
  ]],
  ['an unknown option', 'plan --os alinux2 --nope', 2, ['bake plan --help']],
  ['an unknown command', 'bakee', 2, ['bake --help']],
  ['an unknown code', 'explain NOPE_NOPE', 2, ['bake explain']],
  ['an image that does not exist', 'publish --os alinux2 --image ami-0ffffffffffffffff --sandbox --yes', 2, ['bake images --sandbox']],
  ['a comparison with no image', 'images diff ami-0ffffffffffffffff ami-0eeeeeeeeeeeeeeee --sandbox', 2, ['bake images --sandbox']],
  ['an empty channel', 'promote --os alinux2 --from nothing --sandbox --yes', 2, ['bake images --sandbox']],
  ['a history that is too short', 'rollback --os alinux2 --to 9 --sandbox --yes', 2, [
    'bake images --sandbox',
    'bake publish --os OS --image AMI --sandbox --yes',
  ]],
  ['a map that is not one', 'rotate .bakery/sandbox/example/clusters/prod.yaml --map a=b --sandbox', 2, [
    'bake rotate --map OLD=NEW .bakery/sandbox/example/clusters/prod.yaml --sandbox',
  ]],
  ['a plan file that is not one', 'run --plan .bakery/sandbox/state.json --sandbox', 2, ['bake plan --all --out FILE --sandbox']],
]; // prettier-ignore

describe('hints', () => {
  it.each(HINTS)('after %s: bake %s', (_, line, status, commands) => {
    const folder = copyOfBaked();
    const ran = shell(`${bake} ${line}`, folder);
    expect(ran.status, ran.stderr).toBe(status);
    const followed = follow(ran, folder);
    expect(followed).toEqual(
      commands.map((one) => (typeof one === 'string' ? one : expect.stringMatching(one))),
    );
  });

  it('without a bakery.yaml name init and the sandbox', () => {
    const folder = keptFolder(emptyFolder());
    const ran = shell(`${bake} --os ubuntu2204 --arch x86_64 --channel next`, folder);
    expect(ran.status, ran.stderr).toBe(2);
    expect(follow(ran, folder)).toEqual([
      'bake init',
      'bake --os alinux2 --sandbox --arch x86_64 --channel next',
    ]);
  });

  it('of an image that was rolled back publish it on purpose', () => {
    const folder = copyOfBaked();
    const change = (line: string): Ran => shell(`${bake} ${line} --sandbox --yes`, folder);
    expect(change(`publish --os alinux2 --image ${first.image} --channel candidate`).status).toBe(0);
    // The channel goes back to the seeded image, and the baked one is withdrawn from it.
    const back = change('rollback --os alinux2');
    expect(back.status, back.stderr).toBe(0);
    const again = change('promote --os alinux2 --arch x86_64');
    expect(again.status, again.stderr).toBe(2);
    expect(follow(again, folder)[0]).toContain(`--channel stable --image ${first.image} --arch x86_64`);
  });
});
