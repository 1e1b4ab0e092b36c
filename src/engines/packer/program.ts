/** Checks the Packer program: its version, its plug-in, and the other programs that it needs. */
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { BakeError } from '../../errors/bake-error.ts';
import { TEMPLATES, type PackerProfile } from './render.ts';
import type { PackerSettings } from './section.ts';

export interface Program {
  command: string;
  /** `1.16.0` */
  version: string;
  profile: PackerProfile;
}

/** Settings that Packer 1.6 does not support, and what happens instead. Source: `packer validate` of Packer 1.6.6. */
export const lacking: readonly { what: string; instead: string }[] = [
  { what: 'metadata_options', instead: 'the build instance answers IMDSv1, too' },
  { what: 'imds_support', instead: 'bake itself sets IMDSv2 on the finished image' },
  {
    what: 'deprecate_at, deregistration_protection, ami_org_arns, ami_ou_arns',
    instead: 'bake itself deprecates, protects and shares when it publishes',
  },
  {
    what: 'skip_create_ami',
    instead: 'the verify list runs before the image is taken, not in a second boot of it',
  },
  {
    what: 'temporary_key_pair_type, tags on key pairs and security groups',
    instead: 'RSA keys; bake reap knows key pairs by name',
  },
];

/** The longest that Packer may take to print its version or plug-ins; after that it counts as hung. */
const TIMEOUT_MS = 60_000;

/**
 * @param env of the child, with its PATH
 * @throws BakeError PACKER_MISSING, PACKER_OLD, PACKER_PLUGIN, SESSION_MANAGER_MISSING
 */
export async function findPacker(
  settings: PackerSettings,
  env: Readonly<Record<string, string>>,
): Promise<Program> {
  const { command, allowLegacy, ssh } = settings;
  const version = readVersion(await ask(command, ['version'], env));
  if (version === undefined)
    throw new BakeError('PACKER_MISSING', { command, reason: 'it does not tell its version' });
  const profile = profileOf(version);
  if (profile !== 'modern' && !(profile === 'legacy' && allowLegacy)) {
    const lacks = lacking.map(({ what, instead }) => `${what}: ${instead}`);
    throw new BakeError('PACKER_OLD', { command, version, lacks, legacy: profile === 'legacy' });
  }
  if (profile === 'modern') await requirePlugin(command, version, env);
  if (ssh === 'session-manager' && !(await isOnPath('session-manager-plugin', env['PATH'] ?? '')))
    throw new BakeError('SESSION_MANAGER_MISSING', {});
  return { command, version, profile };
}

/** `Packer v1.6.6` → `1.6.6`. */
export function readVersion(text: string): string | undefined {
  return /^Packer v(\d+\.\d+\.\d+)/m.exec(text)?.[1];
}

/** undefined: older than every version that was tested. 1.7 and 1.8 read the legacy template. */
export function profileOf(version: string): PackerProfile | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 1 || minor >= 9) return 'modern';
  return minor >= 6 ? 'legacy' : undefined;
}

async function requirePlugin(
  command: string,
  version: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  // Packer no longer contains the plug-in after 1.9.x. A template may require what `plugins installed` lists.
  const listed = await ask(command, ['plugins', 'installed'], env);
  if (/packer-plugin-amazon/.test(listed)) return;
  throw new BakeError('PACKER_PLUGIN', { command, version, template: TEMPLATES.modern.image });
}

async function ask(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const answer = await execa(command, args, {
    env: { ...env, CHECKPOINT_DISABLE: '1' },
    extendEnv: false,
    stdin: 'ignore',
    timeout: TIMEOUT_MS,
    reject: false,
  });
  if (answer.exitCode === 0) return answer.stdout;
  const reason =
    answer.code === 'ENOENT'
      ? 'there is no such program'
      : (answer.stderr || answer.shortMessage || '').trim();
  throw new BakeError('PACKER_MISSING', { command, reason });
}

async function isOnPath(name: string, search: string): Promise<boolean> {
  for (const folder of search.split(path.delimiter)) {
    if (folder === '') continue;
    try {
      await access(path.join(folder, name), constants.X_OK);
      return true;
    } catch {
      // The next folder of PATH may have it.
    }
  }
  return false;
}
