/** Renders an image for Packer: HCL2 templates for amazon-ebs, and the same scripts that Image Builder gets. */
import path from 'node:path';
import { filesOf, STAGING, stagedPath, type Step, type StepFile, type VerifyRow } from '../../image/step.ts';
import type { RenderedFile, TextFile } from '../../render/file.ts';
import { imageTags } from '../../render/tags.ts';
import type { PackerSettings } from './section.ts';
import { alignAssignments } from './align.ts';
import { packerText } from './text.ts';
import { packagedTemplates, type Templates } from '../../text/templates.ts';

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
  settings: PackerSettings;
}

/** `modern`: 1.9 and later, with the amazon plug-in; `legacy`: 1.6, without the features that it lacks. */
export type PackerProfile = 'modern' | 'legacy';

/** The paths of a profile's templates: one makes the image, the other boots and verifies it. */
export const TEMPLATES: Record<PackerProfile, { image: string; verify: string }> = {
  modern: { image: 'packer/image.pkr.hcl', verify: 'packer/second-boot/verify.pkr.hcl' },
  legacy: { image: 'packer/legacy/image.pkr.hcl', verify: 'packer/legacy/second-boot/verify.pkr.hcl' },
};

/**
 * Equal input gives equal bytes: the run id is a variable of the template. Each template has its own folder, because
 * Packer reads all files of a folder as one template.
 * @throws BakeError CONFIG_VALUE, TEMPLATE_VALUE
 */
export function renderPacker(input: PackerInput, templates: Templates = packagedTemplates()): RenderedFile[] {
  const steps = input.steps.map((step, index) => file('steps', step, index));
  const carried = filesOf(input.steps).map((one) => ({ path: uploadPath(one), file: one }));
  const rows = input.rows.map((row, index) => file('verify', row, index));
  const profiles: PackerProfile[] = input.settings.allowLegacy ? ['modern', 'legacy'] : ['modern'];
  const written = profiles.flatMap((profile) => {
    const { image, verify } = TEMPLATES[profile];
    return [
      template('packer/image.pkr.hcl', image, contextOf(input, profile, image, steps)),
      template('packer/verify.pkr.hcl', verify, contextOf(input, profile, verify, steps)),
    ];
  });
  const all = templates.render('packer/verify-all.sh', {});
  return [
    ...written,
    ...steps,
    ...carried,
    { path: 'packer/verify/all.sh', text: all, mode: 0o755 },
    ...rows,
  ];

  function template(name: string, to: string, context: object): TextFile {
    return { path: to, text: alignAssignments(templates.render(name, context)), mode: 0o644 };
  }
}

function contextOf(
  input: PackerInput,
  profile: PackerProfile,
  template: string,
  steps: readonly TextFile[],
): object {
  const { base, builder } = input;
  const from = path.posix.dirname(template);
  const { 'bakery:fingerprint': fingerprint, ...tags } = imageTags({
    ...input,
    run: '',
    baseImageId: base.id,
  });
  return {
    modern: profile === 'modern',
    legacy: profile === 'legacy',
    region: input.region,
    baseImageId: base.id,
    name: input.name,
    target: input.key,
    keyName: input.name.replaceAll(' ', '-'),
    description: packerText(base.description),
    user: input.user,
    fingerprint,
    instanceName: packerText(`bake ${input.label}`),
    instanceType: builder.instanceType,
    instanceProfile: builder.instanceProfile,
    rootDevice: base.rootDevice,
    ownSubnet: builder.subnet !== undefined,
    subnet: builder.subnet,
    temporaryGroup: builder.securityGroups.length === 0,
    securityGroups: builder.securityGroups.map((id) => ({ id })),
    sshInterface: input.settings.ssh === 'private' ? 'private_ip' : 'session_manager',
    ownSize: base.sizeGiB !== undefined,
    sizeGiB: base.sizeGiB,
    ownKey: builder.kmsKey !== undefined,
    kmsKey: builder.kmsKey,
    userTags: tagList(builder.tags, ['Name']),
    imageTags: tagList(tags, []),
    // Only the login user, who uploads the files, can read the folder.
    makeStaging: `sudo -n install -d -m 0700 -o "$(id -u)" ${STAGING}`,
    hasFiles: filesOf(input.steps).length > 0,
    steps: steps.map((step, index) => ({
      path: path.posix.relative(from, step.path),
      files: (input.steps[index]?.files ?? []).map((one) => ({
        source: path.posix.relative(from, uploadPath(one)),
        destination: stagedPath(one),
      })),
    })),
    rows: path.posix.relative(from, 'packer/verify'),
  };
}

/** The path of a step's file among the rendered files. */
function uploadPath({ sha256 }: StepFile): string {
  return `packer/files/${sha256}`;
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

function file(folder: string, { id, script }: { id: string; script: string }, index: number): TextFile {
  const number = String(index + 1).padStart(2, '0');
  // The id of a user's script already ends in .sh.
  const name = id.replace(/[.]sh$/, '');
  return { path: `packer/${folder}/${number}-${name}.sh`, text: script, mode: 0o755 };
}
