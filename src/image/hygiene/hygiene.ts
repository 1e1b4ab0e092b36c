/** Owns the hygiene part: what the bake left is removed, and rows look for it, for passwords and for secrets. */
import type { Part, RowDraft } from '../script.ts';
import { leftovers } from './leftovers.ts';
import path from 'node:path';
import type { ImageInputs } from '../inputs.ts';
import { secretsRow } from './secrets.ts';

export function hygienePart({ assets }: Pick<ImageInputs, 'assets'>): Part {
  const after = ['hygiene'];
  return {
    steps: [
      {
        id: 'hygiene',
        title: 'hygiene: identity, keys, histories, caches, logs',
        needs: {},
        template: 'hygiene',
        context: {
          paths: leftovers.flatMap(({ paths }) => paths.map((pattern) => ({ pattern }))),
          homes: leftovers.flatMap(({ homes }) => homes.map((name) => ({ name }))),
        },
      },
    ],
    rows: [machineIdRow(after), rootRow(after), ...leftRows(after), secretsRow(after, foldersOf(assets))],
  };
}

function leftRows(after: string[]): RowDraft[] {
  return leftovers.map(({ id, title, because, paths, homes }) => ({
    id: `hygiene-${id}`,
    title,
    because,
    command: `ls -d ${[...paths, ...homes.map((name) => `~/${name}`)].join(' ')}`,
    expected: 'nothing that is older than /opt/bakery/hygiene',
    needs: { after },
    template: 'not-left',
    context: { paths: paths.map((pattern) => ({ pattern })), homes: homes.map((name) => ({ name })) },
  }));
}

function machineIdRow(after: string[]): RowDraft {
  return {
    id: 'hygiene-machine-id',
    title: 'the machine-id is there and empty',
    because: 'instances with one machine-id share DHCP leases and journals',
    command: 'cat /etc/machine-id',
    expected: 'nothing, "uninitialized", or an id that a boot of the image made',
    needs: { after },
    template: 'machine-id',
    context: {},
  };
}

/** Source: AWS, "Recommendations for creating shared Linux AMIs": disable password-based remote logins for root. */
function rootRow(after: string[]): RowDraft {
  return {
    id: 'hygiene-root-password',
    title: 'nobody logs in as root by a password, and nobody without one',
    because: 'everybody who can start the image would know it',
    command: 'passwd -S root',
    expected: 'root locked, and no account with an empty password',
    needs: { after },
    template: 'hygiene-root',
    context: {},
  };
}

/** Where assets lie: scripts leave their own files there, too. */
function foldersOf(assets: ImageInputs['assets']): string[] {
  return [...new Set(assets.map((asset) => path.posix.dirname(asset.path)))].filter(
    (folder) => folder !== '/',
  );
}
