/** The section `packer` of bakery.yaml, and the settings that the engine makes of it. */
import type { z } from 'zod';
import type { EngineSection } from '../../config/engine-section.ts';
import { choice, section, text, truth } from '../../config/leaves.ts';
import type { Build } from '../engine.ts';
import type { Bakery } from '../../config/schema.ts';

const schema = section({
  command: text('packer, or the path of the program', /^[^\0\r\n]{1,4096}$/)
    .default('packer')
    .describe('The Packer program: a name on PATH, or a path.'),
  allowLegacy: truth()
    .default(false)
    .describe(
      'Whether to accept Packer 1.6, which lacks IMDSv2, deprecation, sharing with organizations and a second boot.',
    ),
  ssh: choice(['private', 'session-manager'])
    .default('private')
    .describe('How Packer reaches the build instance: by its private address, or through Session Manager.'),
});

export const packerSection = {
  key: 'packer',
  after: 'builder',
  schema: schema.prefault({}).describe('The Packer engine.'),
} as const satisfies EngineSection;

export type PackerSection = z.output<typeof schema>;

export type PackerSettings = PackerSection & {
  /** CIDR blocks that may connect to the instance by SSH if bake makes its security group; empty: every private address. */
  sshFrom: readonly string[];
};

export type PackerBuild = Build<PackerSettings>;

export function packerSettings(own: PackerSection, { bakery }: { bakery: Bakery }): PackerSettings {
  return { ...own, sshFrom: bakery.builder.sshFrom };
}
