/** Tests runs that cannot continue, because of the network of the builder or expired credentials. Nothing is written. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findAmis } from '../../src/aws/images.ts';
import { networkIds } from '../../src/sandbox/ec2/network/built-in.ts';
import type { Faults } from '../../src/sandbox/contract.ts';
import { stateOf, withAccount } from '../support/account.ts';
import { bake, type Ran } from '../support/bake.ts';
import { writeProgram } from '../engines/packer/support/program.ts';
import { emptyFolder, exampleProject, readExample } from '../support/project.ts';

const WRITES = /:(Put|Create|Copy|Delete|Run|Tag|Register|Deregister|Modify|Label)/;

interface Place {
  run: (...args: string[]) => Promise<Ran>;
  faults: (faults: Faults) => Promise<unknown>;
  writes: () => Promise<string[]>;
  baked: () => Promise<number>;
  /** Edits bakery.yaml. */
  configure: (edit: (text: string) => string) => void;
}

/** A project with a running account. */
async function inAccount(builder: string, work: (place: Place) => Promise<void>): Promise<void> {
  const folder = exampleProject({
    'bakery.yaml': readExample('bakery.yaml').replace('builder:\n', `builder:\n${builder}`),
  });
  await withAccount({ state: stateOf(folder), rehearse: 'off' }, async (aws, { endpoint }) => {
    const env = { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };
    const before = (await findAmis(aws, 'us-east-1', { owners: ['self'] })).length;
    await work({
      configure(edit) {
        const file = path.join(folder, 'bakery.yaml');
        fs.writeFileSync(file, edit(fs.readFileSync(file, 'utf8')));
      },
      run: (...args) => bake(args, { cwd: folder, env }),
      faults: (faults) =>
        fetch(`${endpoint}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(faults) }),
      async writes() {
        const calls = (await (await fetch(`${endpoint}/_sandbox/calls`)).json()) as object;
        return Object.keys(calls).filter((call) => WRITES.test(call));
      },
      baked: async () => (await findAmis(aws, 'us-east-1', { owners: ['self'] })).length - before,
    });
  });
  fs.rmSync(folder, { recursive: true });
}

describe('a run whose build instance could not work', () => {
  const builder = `  subnet: ${networkIds.brokenSubnet}\n  securityGroups: [${networkIds.brokenGroup}]\n`;

  it('ends with exit 3 and all findings, each once, in plan and run, and writes nothing', async () => {
    await inAccount(builder, async ({ run, writes }) => {
      const found: string[][] = [];
      for (const command of ['plan', 'run']) {
        const ran = await run(command, '--os', 'ubuntu2204', '--json');
        expect(ran.exitCode, ran.stderr).toBe(3);
        const { errors } = JSON.parse(ran.stdout) as {
          errors: { code: string; message: string; hint: string }[];
        };
        expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['PREFLIGHT']));
        expect(errors.every(({ hint }) => hint.length > 10)).toBe(true);
        found.push(errors.map(({ message }) => message));
      }
      const [planned = [], ran = []] = found;
      expect(planned.length).toBeGreaterThanOrEqual(5);
      expect(new Set(planned).size).toBe(planned.length);
      expect([...ran].sort()).toEqual([...planned].sort());
      expect(await writes()).toEqual([]);
    });
  });
});

describe('a run without Packer', () => {
  it('ends with exit 3 in plan and run, reports it once, starts Packer once, and writes nothing', async () => {
    // A program that records its arguments and is not Packer.
    const tools = emptyFolder();
    const notes = path.join(tools, 'asked');
    const command = writeProgram(tools, `echo asked >>'${notes}'; echo no packer`);
    await inAccount('', async ({ run, writes, configure }) => {
      configure((text) => text.replace(/^packer:.*$/m, `packer:\n  command: ${command}`));
      for (const name of ['plan', 'run']) {
        const ran = await run(name, '--os', 'alinux2', '--os', 'ubuntu2204', '--engine', 'packer', '--json');
        expect(ran.exitCode, ran.stderr).toBe(3);
        const { errors } = JSON.parse(ran.stdout) as { errors: { code: string }[] };
        expect(errors.map(({ code }) => code)).toEqual(['PACKER_MISSING']);
        expect(fs.readFileSync(notes, 'utf8')).toBe('asked\n');
        fs.rmSync(notes);
      }
      expect(await writes()).toEqual([]);
    });
    fs.rmSync(tools, { recursive: true });
  });
});

describe('a run whose credentials expire', () => {
  it('ends with exit 3, and the same command completes with one image', async () => {
    await inAccount('', async ({ run, faults, baked }) => {
      const line = ['--os', 'alinux2', '--json'];
      for (const expireAfter of [20]) {
        await faults({ expireAfter });
        const ran = await run(...line);
        expect(ran.exitCode, ran.stderr).toBe(3);
        const { errors } = JSON.parse(ran.stdout) as { errors: { code: string; hint: string }[] };
        expect(errors.map(({ code }) => code)).toEqual(['AWS_EXPIRED']);
        expect(errors[0]?.hint).toContain('the same command');
      }
      await faults({});
      const ran = await run(...line);
      expect(ran.exitCode, ran.stderr).toBe(0);
      expect(await baked()).toBe(1);
    });
  });
});
