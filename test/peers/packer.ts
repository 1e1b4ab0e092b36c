/** Finds the Packers that the tests run: the one on PATH, and the one that BAKERY_PACKER names (1.9 or later, with plug-in). */
import { spawnSync } from 'node:child_process';

export interface SomePacker {
  /** `packer 1.6.6` */
  title: string;
  command: string;
  legacy: boolean;
}

/** Returns those that are installed; if there is none, prints the reason, and fails in CI. */
export function packers(): SomePacker[] {
  const named = process.env['BAKERY_PACKER'];
  // GitHub's runners have their own Packer before Debian's on PATH.
  const commands = ['packer', '/usr/bin/packer', ...(named === undefined ? [] : [named])];
  const seen = new Map(
    commands.flatMap((command): [string, SomePacker][] => {
      const one = look(command);
      return one === undefined ? [] : [[one.title, one]];
    }),
  );
  const found = [...seen.values()];
  if (found.length > 0) return found;
  const reason =
    'packer is not on PATH: Debian has one (apt-get install packer); BAKERY_PACKER names another';
  if (process.env['CI'] === 'true') throw new Error(reason);
  process.stderr.write(`${reason}\n`);
  return [];
}

/** The variables beside PATH and HOME for a Packer whose plug-ins are in their own folder. */
export function packerEnvironment(): Record<string, string> {
  return Object.fromEntries(
    ['PACKER_PLUGIN_PATH', 'PACKER_CONFIG_DIR'].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function look(command: string): SomePacker | undefined {
  const version = /^Packer v(\d+)\.(\d+)\.(\d+)/.exec(ask(command, ['version']));
  if (!version) return undefined;
  const [, major, minor, patch] = version.map(Number) as [number, number, number, number];
  const legacy = major === 1 && minor < 9;
  if (!legacy && !ask(command, ['plugins', 'installed']).includes('packer-plugin-amazon')) return undefined;
  return { title: `packer ${major}.${minor}.${patch}`, command, legacy };
}

/** Returns the output of a program, or an empty string if it fails or is not installed. */
function ask(command: string, args: readonly string[]): string {
  const ran = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, CHECKPOINT_DISABLE: '1' },
  });
  return ran.status === 0 ? ran.stdout : '';
}
