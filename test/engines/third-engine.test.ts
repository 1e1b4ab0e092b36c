/** Tests that a new engine needs only a folder and a line in the registry: a third one bakes through the whole pipeline. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findAmis } from '../../src/aws/images.ts';
import { readParameters } from '../../src/aws/parameters.ts';
import { execute as iam } from '../../src/cli/commands/iam.ts';
import { execute as images } from '../../src/cli/commands/images.ts';
import { execute as render } from '../../src/cli/commands/render.ts';
import { execute as schedule } from '../../src/cli/commands/schedule.ts';
import { jsonSchema } from '../../src/config/json-schema.ts';
import { loadBakery } from '../../src/config/load.ts';
import { engines as shipped } from '../../src/engines/index.ts';
import type { Engines } from '../../src/engines/engine.ts';
import { errorsOf } from '../../src/errors/bake-error.ts';
import { mainJob } from '../../src/jobs/main.ts';
import { networkIds } from '../../src/sandbox/ec2/network/built-in.ts';
import { stateOf, withAccount } from '../support/account.ts';
import { copier } from '../support/copier-engine.ts';
import { invocationOf } from '../support/invocation.ts';
import { emptyFolder } from '../support/project.ts';

const engines = { ...shipped, copier } satisfies Engines;

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => fs.rmSync(folder, { recursive: true })));

/** Writes a project that bakes with the copier, the third engine. */
function project(lines: string): string {
  const folder = emptyFolder();
  folders.push(folder);
  const recipe = 'steps: [hygiene]\n';
  fs.writeFileSync(path.join(folder, 'recipe.yaml'), recipe);
  fs.writeFileSync(
    path.join(folder, 'bakery.yaml'),
    `version: 1\ndefaults: { engine: copier, recipe: recipe.yaml }\ntargets: [{ os: alinux2 }]\n${lines}`,
  );
  return folder;
}

const target = { os: ['alinux2'], sandbox: true };

/** Returns the messages of the errors that a command throws. */
async function refusals(work: Promise<unknown>): Promise<string[]> {
  const thrown: unknown = await work.catch((error: unknown) => error);
  return errorsOf(thrown).map(({ message }) => message);
}

test('a third engine bakes from resolve to publish and has its own section in bakery.yaml', async () => {
  const folder = project('copier: { note: by hand }\n');
  const { invocation } = invocationOf(folder, target, { engines });
  const { result, errors } = await mainJob(invocation, 'run');
  expect(errors).toEqual([]);
  expect(result.images).toMatchObject([{ engine: 'copier', outcome: 'baked', verify: { failed: 0 } }]);
  expect(result.images[0]?.verify.skipped).toBeGreaterThan(0);
  const [parameter] = result.parameters;
  await withAccount({ state: stateOf(folder), rehearse: 'off' }, async (aws) => {
    const [image] = await findAmis(aws, 'us-east-1', {
      owners: ['self'],
      filters: { 'tag:copier:note': ['by hand'] },
    });
    expect(image).toMatchObject({ id: result.images[0]?.imageId, state: 'available' });
    const name = parameter?.name ?? '';
    expect((await readParameters(aws, 'us-east-1', [name])).get(name)).toBe(image?.id);
  });

  const again = await mainJob(invocationOf(folder, target, { engines }).invocation, 'run');
  expect(again.result.images).toMatchObject([{ outcome: 'unchanged' }]);

  const listed = invocationOf(folder, target, { engines });
  await images(listed.invocation);
  expect((listed.result() as { images: { kind: string; engine: string | null }[] }).images).toContainEqual(
    expect.objectContaining({ kind: 'baked', engine: 'copier' }),
  );
}, 60_000);

test('bake render writes the files of a third engine', async () => {
  const folder = project('copier: { note: to read }\n');
  const { invocation } = invocationOf(folder, target, { engines });
  await render(invocation);
  const [key = ''] = fs.readdirSync(path.join(folder, 'rendered'));
  expect(fs.readFileSync(path.join(folder, 'rendered', key, 'copier', 'note.txt'), 'utf8')).toBe('to read\n');
});

test('bake plan fails if the network lacks a service that a third engine needs', async () => {
  const place = `builder: { subnet: ${networkIds.privateSubnets[0]}, securityGroups: [${networkIds.builderGroup}] }\n`;
  const folder = project(`${place}copier: { services: [photocopy] }\n`);
  const { invocation } = invocationOf(folder, target, { engines });
  expect(await refusals(mainJob(invocation, 'plan'))).toEqual([
    expect.stringContaining('photocopy') as string,
  ]);
});

test('bake iam adds the permissions of a third engine to the policies', async () => {
  const folder = project('');
  const actionsOf = async (engine: string | undefined): Promise<string> => {
    const { invocation, result } = invocationOf(folder, { engine }, { engines, args: ['run'] });
    await iam(invocation);
    return JSON.stringify(result());
  };
  expect(await actionsOf(undefined)).toContain('arn:aws:ec2:*::image/copied-*');
  expect(await actionsOf('packer')).not.toContain('copied-');
});

test('the schema of bakery.yaml contains the name, the section and the rules of a third engine', async () => {
  const wrong = project('copier: { note: secret, notes: 1 }\n');
  const messages = await refusals(loadBakery(path.join(wrong, 'bakery.yaml'), {}, engines));
  expect(messages).toEqual([
    expect.stringContaining('a note that everybody may read') as string,
    expect.stringContaining('copier.notes') as string,
  ]);
  const { value } = await loadBakery(path.join(project('copier: { note: x }\n'), 'bakery.yaml'), {}, engines);
  // The registry gives the section its type, so this line compiles only if the type is right.
  const note: string = value.copier.note;
  expect([note, value.packer.command, value.imageBuilder.workflows]).toEqual(['x', 'packer', []]);
  const schema = JSON.stringify(jsonSchema('bakery', engines));
  expect(schema).toContain('"enum":["imagebuilder","packer","copier"]');
  expect(schema).toContain('EC2 Image Builder, Packer, or the copier.');
  expect(JSON.stringify(jsonSchema('bakery', shipped))).not.toContain('copier');
  const unknown = await refusals(loadBakery(path.join(project(''), 'bakery.yaml'), {}, shipped));
  expect(unknown).toEqual([expect.stringContaining('copier') as string]);
});

test('a command fails if it does not support the engine or the engine is unknown', async () => {
  const folder = project('');
  const { invocation } = invocationOf(folder, { ...target, engine: 'copier' }, { engines });
  expect(await refusals(schedule(invocation))).toEqual([
    'expected --engine imagebuilder or --github, found --engine copier',
  ]);
  const strange = invocationOf(folder, { ...target, engine: 'scanner' }, { engines });
  expect(await refusals(mainJob(strange.invocation, 'plan'))).toEqual([
    '--engine: expected imagebuilder or packer or copier, found scanner',
  ]);
});
