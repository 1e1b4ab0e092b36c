/** Kills README's first command six times, with all its processes: it starts bake itself, so the seventh call works. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findAmis } from '../../src/aws/images.ts';
import { stateOf, withAccount } from '../support/account.ts';
import { bakeBin, plainEnvironment } from '../support/bake.ts';
import { emptyFolder, repository } from '../support/project.ts';

const readme = fs.readFileSync(path.join(repository, 'README.md'), 'utf8');

/** The first command of README's first block for a shell, without the comment. */
const first = (/^```sh\n(.*?)(?: +#.*)?$/m.exec(readme)?.[1] ?? '').trim();
/** The command without the set-up, which global.ts has done for all tests. */
const command = first.replace(/^npm ci && /, '');

let folder = 'none yet';
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** What bake has said when a kill comes; `''` kills at the first output of all. */
const MOMENTS = ['', 'no bakery.yaml here', '✓ resolve', '✓ render', '✓ bake', '✓ verify'];

describe("README's first command", () => {
  it('starts bake itself: no npx, no npm script, and a file that npm ci builds', () => {
    expect(first).toMatch(/^npm ci && node \S+ /);
    const [program, file = ''] = command.split(' ');
    expect(program).toBe('node');
    expect(path.resolve(repository, file)).toBe(bakeBin());
    // npx installs a checkout into npm's own cache first, and a kill leaves npm's lock there. Elsewhere it may run a
    // stranger's package of the same name.
    const workflows = ['.github/workflows/bake.yml', '.github/workflows/ci.yml', 'action.yml'];
    const viaNpx = /\bnpx (?:--\S+ )*bake\b|\bnpm (?:exec|x) /;
    const read = (name: string): string => fs.readFileSync(path.join(repository, name), 'utf8');
    expect(workflows.filter((name) => viaNpx.test(read(name)))).toEqual([]);
  });

  it('works after it was killed six times, and leaves one image', async () => {
    folder = checkout();
    for (const moment of MOMENTS) {
      const killed = await run(moment);
      expect(killed.output).toContain(moment);
    }
    const last = await run();
    expect(last.code, last.output).toBe(0);
    await withAccount({ state: stateOf(folder) }, async (aws) => {
      const images = await findAmis(aws, 'us-east-1', {
        owners: ['self'],
        filters: { 'tag-key': ['bakery:fingerprint'] },
      });
      const fingerprints = images.map(({ tags }) => tags['bakery:fingerprint']);
      expect(new Set(fingerprints).size).toBe(fingerprints.length);
      const before = await withAccount({ state: path.join(folder, 'untouched') }, async (seeded) =>
        findAmis(seeded, 'us-east-1', { owners: ['self'], filters: { 'tag-key': ['bakery:fingerprint'] } }),
      );
      expect(images.length).toBe(before.length + 1);
      expect(new Set(images.map(({ state }) => state))).toEqual(new Set(['available']));
    });
  }, 300_000);
});

/** An empty folder in which the command's path leads to the built bake. */
function checkout(): string {
  const made = emptyFolder();
  fs.symlinkSync(path.dirname(bakeBin()), path.join(made, 'dist'));
  return made;
}

/** Runs the command in a shell, and kills its process group when the output contains `moment`. */
async function run(moment?: string): Promise<{ code: number | null; output: string }> {
  const child = spawn('bash', ['-c', command], {
    cwd: folder,
    env: plainEnvironment(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const read = (text: string): void => {
    output += text;
    if (moment !== undefined && output.includes(moment)) kill(child.pid);
  };
  child.stdout.setEncoding('utf8').on('data', read);
  child.stderr.setEncoding('utf8').on('data', read);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}

function kill(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
