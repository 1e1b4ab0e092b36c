/** Owns the golden files: what a reviewer reads when a template changes. `npx vitest run test/render -u` writes them. */
import { expect, test } from 'vitest';
import { imageSteps } from '../../src/image/steps.ts';
import { verifyRows } from '../../src/image/verify.ts';
import { renderComponents } from '../../src/render/imagebuilder.ts';
import { renderPacker } from '../../src/render/packer.ts';
import { packagedTemplates } from '../../src/render/templates.ts';
import { fullInputs } from '../image-steps/support/inputs.ts';
import { packerInput } from './support/packer-input.ts';

const templates = packagedTemplates();

test.each(['alinux2', 'rocky9', 'ubuntu2204', 'ubuntu2404'])('%s for Image Builder', async (os) => {
  const inputs = fullInputs(os);
  const steps = imageSteps(inputs, templates);
  const rows = verifyRows(inputs, templates);
  const { components } = renderComponents(steps, rows, { prefix: 'bakery', label: `${os} x86_64` });
  const text = components.map(({ document }) => document).join('---\n');
  await expect(text).toMatchFileSnapshot(`../golden/imagebuilder/${os}.yaml`);
});

// The scripts are the same bytes for both engines (packer.test.ts), so only Packer's own file is kept.
test.each(['alinux2', 'ubuntu2204'])('%s for Packer', async (os) => {
  const [template] = renderPacker(packerInput(os));
  await expect(template?.text).toMatchFileSnapshot(`../golden/packer/${os}.pkr.hcl`);
});
