/** Tests `bake images diff` on files: its formats, and its errors for images that cannot be compared. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cyclonedx, sbomText } from '../../../src/sbom/cyclonedx.ts';
import { parseInventory } from '../../../src/sbom/inventory.ts';
import { LINES, subject } from '../../sbom/fixtures.ts';
import { bake } from '../../support/bake.ts';
import { emptyFolder, exampleProject } from '../../support/project.ts';

let folder: string;
beforeAll(() => {
  folder = emptyFolder();
  const write = (name: string, lines: string[]) =>
    fs.writeFileSync(path.join(folder, name), sbomText(cyclonedx(parseInventory(lines.join('\n')), subject)));
  write('a.json', LINES);
  write('b.json', [...LINES.slice(0, -1), 'rpm\thtop\t0:3.2-1\tx86_64']);
  fs.writeFileSync(path.join(folder, 'broken.json'), '{"bomFormat": "SPDX"}');
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const diff = (...args: string[]) => bake(['images', 'diff', ...args], { cwd: folder });

describe('bake images diff', () => {
  it('needs neither bakery.yaml nor AWS for two files, and exits with 0 although they differ', async () => {
    const ran = await diff('a.json', 'b.json');
    expect([ran.exitCode, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout).toMatch(/^removed {2}ruamel-yaml \/usr\/local {2}0\.18\.6 +-$/m);
    expect(ran.stdout).toMatch(/^added +htop x86_64 +- +3\.2-1$/m);
  });

  it('prints Markdown for a pull request, and one JSON document for scripts', async () => {
    const markdown = await diff('a.json', 'b.json', '--format', 'markdown');
    expect(markdown.stdout).toContain('| added | htop x86\\_64 | - | 3.2-1 |');
    const json = await diff('a.json', 'b.json', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      diff: {
        a: { image: 'a.json', imageId: subject.imageId, fingerprint: subject.fingerprint, complete: true },
        kernel: null,
        drivers: [],
        added: [{ kind: 'rpm', name: 'htop', arch: 'x86_64', from: null, to: '3.2-1' }],
        removed: [{ kind: 'pip', name: 'ruamel-yaml', from: '0.18.6', to: null }],
        upgraded: [],
        downgraded: [],
      },
    });
  });

  it.each([
    [['a.json'], 'USAGE'],
    [['a.json', 'b.json', '--format', 'html'], 'USAGE'],
    [['a.json', 'none.json'], 'SBOM_MISSING'],
    [['a.json', '.'], 'FILE_UNREADABLE'],
    [['broken.json', 'a.json'], 'SBOM_UNREADABLE'],
  ])('rejects %j with %s, and says what to do', async (args, code) => {
    const ran = await diff(...args, '--json');
    expect(ran.exitCode).toBe(2);
    const { errors } = JSON.parse(ran.stdout) as { errors: { code: string; hint: string }[] };
    expect(errors).toMatchObject([{ code, hint: expect.stringMatching(/.{10}/) as string }]);
  });

  it('says what to do about an image without a package list, and about a missing image', async () => {
    const project = exampleProject();
    const run = async (id: string) => {
      const ran = await bake(['images', 'diff', id, path.join(folder, 'a.json'), '--sandbox', '--json'], {
        cwd: project,
      });
      expect(ran.exitCode, ran.stderr).toBe(2);
      return (JSON.parse(ran.stdout) as { errors: { code: string; message: string }[] }).errors[0];
    };
    // The sandbox's base image of rocky9, which bake did not make.
    expect(await run('ami-0f8e0c679a331b974')).toMatchObject({ code: 'SBOM_MISSING' });
    const unknown = await run('ami-0ffffffffffffffff');
    expect(unknown).toMatchObject({
      code: 'SBOM_MISSING',
      message: expect.stringContaining('no such image in') as string,
    });
    fs.rmSync(project, { recursive: true });
  });
});
