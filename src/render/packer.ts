/** Owns the Packer form of an image: an HCL2 template for amazon-ebs, and the very scripts Image Builder gets. */
import type { Step, VerifyRow } from '../image/step.ts';
import { packerText } from './quote.ts';
import { imageTags } from './tags.ts';
import { packagedTemplates, type Templates } from './templates.ts';

export interface PackerInput {
  label: string;
  key: string;
  region: string;
  os: string;
  parallelcluster: string;
  user: string;
  base: { id: string; description: string; rootDevice: string; sizeGiB: number | undefined };
  name: string;
  fingerprint: string;
  recipe: string;
  steps: readonly Step[];
  rows: readonly VerifyRow[];
  builder: {
    instanceType: string;
    instanceProfile: string;
    subnet: string | undefined;
    securityGroups: readonly string[];
    kmsKey: string | undefined;
    tags: Readonly<Record<string, string>>;
  };
}

export interface PackerFile {
  /** Relative to the folder it is written to. */
  path: string;
  text: string;
  mode: number;
}

/**
 * Equal input, equal bytes; the run id is a variable, for Packer to be told.
 * @throws BakeError CONFIG_VALUE, TEMPLATE_VALUE
 */
export function renderPacker(input: PackerInput, templates: Templates = packagedTemplates()): PackerFile[] {
  const steps = input.steps.map((step, index) => file('steps', step, index));
  const rows = input.rows.map((row, index) => file('verify', row, index));
  const template = templates.render('packer/image.pkr.hcl', contextOf(input, steps));
  const all = templates.render('packer/verify-all.sh', {});
  return [
    { path: 'packer/image.pkr.hcl', text: template, mode: 0o644 },
    ...steps,
    { path: 'packer/verify/all.sh', text: all, mode: 0o755 },
    ...rows,
  ];
}

function contextOf(input: PackerInput, steps: readonly PackerFile[]): object {
  const { base, builder } = input;
  const tags = imageTags({ ...input, run: '', baseImageId: base.id });
  return {
    region: input.region,
    baseImageId: base.id,
    name: input.name,
    description: packerText(base.description),
    user: input.user,
    fingerprint: input.fingerprint,
    instanceName: packerText(`bake ${input.label}`),
    instanceType: builder.instanceType,
    instanceProfile: builder.instanceProfile,
    rootDevice: base.rootDevice,
    ownSubnet: builder.subnet !== undefined,
    subnet: builder.subnet,
    temporaryGroup: builder.securityGroups.length === 0,
    securityGroups: builder.securityGroups.map((id) => ({ id })),
    ownSize: base.sizeGiB !== undefined,
    sizeGiB: base.sizeGiB,
    ownKey: builder.kmsKey !== undefined,
    kmsKey: builder.kmsKey,
    userTags: tagList(builder.tags, ['Name']),
    imageTags: tagList(tags, []),
    steps: steps.map(({ path }) => ({ path: path.replace(/^packer\//, '') })),
  };
}

/** Packer renders tag values with its own template engine; the run is added from a variable. */
function tagList(
  tags: Readonly<Record<string, string>>,
  without: string[],
): { key: string; value: string }[] {
  return Object.entries(tags)
    .filter(([key]) => key !== 'bakery:run' && !without.includes(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({ key: packerText(key), value: packerText(value) }));
}

function file(folder: string, { id, script }: { id: string; script: string }, index: number): PackerFile {
  const number = String(index + 1).padStart(2, '0');
  return { path: `packer/${folder}/${number}-${id}.sh`, text: script, mode: 0o755 };
}
