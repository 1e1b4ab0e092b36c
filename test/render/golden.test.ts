/**
 * Compares rendered files with the golden files, which a reviewer reads when a template changes. `npx vitest run
 * test/render -u` writes them. Most scripts are the same for several OSes, so each text is kept once; if a script has
 * several texts, the file name contains the first OS with that text. The documents of the engines name those files.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadExpect, loadRecipe } from '../../src/config/load.ts';
import { shippedFile, shippedNames } from '../../src/config/shipped.ts';
import { assetsFor } from '../../src/image/assets.ts';
import type { ImageInputs, RecipeStep } from '../../src/image/inputs.ts';
import { imageParts } from '../../src/image/parts.ts';
import { imageSteps } from '../../src/image/steps.ts';
import { verifyRows } from '../../src/image/verify.ts';
import { bakeable } from '../../src/os/index.ts';
import { renderComponents } from '../../src/engines/imagebuilder/components.ts';
import { textsOf } from '../../src/render/file.ts';
import { renderPacker } from '../../src/engines/packer/render.ts';
import { packagedTemplates } from '../../src/text/templates.ts';
import { packagePath } from '../../src/util/package-path.ts';
import { fullInputs } from '../image/support/inputs.ts';
import { packerInput } from '../engines/packer/support/packer-input.ts';

/** What a target of one of the shipped recipes is told beside it: every section of bakery.yaml. */
async function shippedInputs(os: string, name: string): Promise<ImageInputs> {
  const { value } = await loadRecipe(shippedFile('recipe', name));
  const lists = value.expect.map(async (item) =>
    typeof item === 'string' ? (await loadExpect(shippedFile('expect', item))).value : [item],
  );
  const recipe = value.steps.map((step): RecipeStep => {
    if (typeof step === 'string') return { use: step };
    if ('packages' in step) return { packages: { ...step.packages, install: [] } };
    throw new Error(`${name} has a step that this suite does not read: ${Object.keys(step).join()}`);
  });
  const inputs = { ...fullInputs(os), recipe, expect: (await Promise.all(lists)).flat() };
  return { ...inputs, assets: assetsFor(inputs) };
}

interface Component {
  phases: { steps: { inputs: { commands: string[] } }[] }[];
}

const templates = packagedTemplates();
const images = bakeable.map((os) => imageOf(os, 'imagebuilder', fullInputs(os)));
const shipped = await Promise.all(
  shippedNames('recipe').flatMap((name) =>
    bakeable.map(async (os) => imageOf(os, `recipes/${name}`, await shippedInputs(os, name))),
  ),
);

function imageOf(os: string, folder: string, inputs: ImageInputs) {
  const parts = imageParts(inputs);
  return { os, folder, steps: imageSteps(parts, templates), rows: verifyRows(parts, templates) };
}

/** Script text → its file; every text once. */
const files = new Map<string, string>();
for (const kind of ['steps', 'rows'] as const) {
  const texts = new Map<string, Map<string, string>>();
  // The fullest images first: what a shipped recipe has of its own bears its name.
  for (const image of [...images, ...shipped]) {
    const own = image.folder.startsWith('recipes/') ? `${image.folder.slice('recipes/'.length)}.` : '';
    for (const { id, script } of image[kind]) {
      const known = texts.get(id) ?? new Map<string, string>();
      if (!known.has(script)) known.set(script, `${own}${image.os}`);
      texts.set(id, known);
    }
  }
  for (const [id, variants] of texts) {
    for (const [script, os] of variants)
      files.set(script, `${kind}/${id}${variants.size > 1 ? `.${os}` : ''}.sh`);
  }
}

/** The files that exist before any test writes. */
const golden = packagePath('test', 'golden');
const standing = readdirSync(golden, { recursive: true, encoding: 'utf8' }).filter((file) =>
  statSync(path.join(golden, file)).isFile(),
);

test('test/golden contains exactly these files', () => {
  const wanted = [
    ...files.values(),
    ...images.map(({ folder, os }) => `${folder}/${os}.yaml`),
    ...shipped.map(({ folder, os }) => `${folder}/${os}.txt`),
    ...bakeable.map((os) => `packer/${os}.pkr.hcl`),
  ];
  expect(standing.toSorted()).toEqual(wanted.toSorted());
});

describe('scripts', () => {
  test.each([...files].map(([script, file]) => [file, script] as const))('%s', async (file, script) => {
    await expect(script).toMatchFileSnapshot(`../golden/${file}`);
  });
});

test.each(images)('$os for Image Builder', async ({ os, steps, rows }) => {
  const { components } = renderComponents(steps, rows, { prefix: 'bakery', label: `${os} x86_64` });
  const text = components.map(({ document }) => {
    const component = parse(document) as Component;
    for (const { inputs } of component.phases.flatMap((phase) => phase.steps))
      inputs.commands = inputs.commands.map((script) => files.get(script) ?? script);
    return stringify(component);
  });
  await expect(text.join('---\n')).toMatchFileSnapshot(`../golden/imagebuilder/${os}.yaml`);
});

// A list of scripts tells two recipes apart; how they are packed for an engine is the same for all.
test.each(shipped)('$folder for $os', async ({ os, folder, steps, rows }) => {
  const list = [...steps, ...rows].map(({ script }) => files.get(script));
  await expect(`${list.join('\n')}\n`).toMatchFileSnapshot(`../golden/${folder}/${os}.txt`);
});

// The scripts are the same bytes for both engines (packer.test.ts), so only Packer's own file is kept.
test.each(bakeable)('%s for Packer', async (os) => {
  const [template] = textsOf(renderPacker(packerInput(os)));
  await expect(template?.text).toMatchFileSnapshot(`../golden/packer/${os}.pkr.hcl`);
});
