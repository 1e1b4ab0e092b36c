/** Builds the hygiene part: a step that removes what the bake left, and rows that look for leftovers and secrets. */
import type { ImagePart, RowDraft } from '../script.ts';
import { leftovers } from './leftovers.ts';
import path from 'node:path';
import type { ImageInputs } from '../inputs.ts';
import { secretsRow } from './secrets.ts';

export function hygienePart({ assets }: Pick<ImageInputs, 'assets'>): ImagePart {
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
    expected: 'no file older than /opt/bakery/hygiene',
    needs: { after },
    template: 'not-left',
    context: { paths: paths.map((pattern) => ({ pattern })), homes: homes.map((name) => ({ name })) },
  }));
}

function machineIdRow(after: string[]): RowDraft {
  return {
    id: 'hygiene-machine-id',
    title: '/etc/machine-id exists and is empty',
    because: 'instances with the same machine-id share DHCP leases and journals',
    command: 'cat /etc/machine-id',
    expected: 'an empty file, "uninitialized", or an id that a boot of the image wrote',
    needs: { after },
    template: 'machine-id',
    context: {},
  };
}

/** Source: AWS, "Recommendations for creating shared Linux AMIs": disable password-based remote logins for root. */
function rootRow(after: string[]): RowDraft {
  return {
    id: 'hygiene-root-password',
    title: 'root has no password login, and no account has an empty password',
    because: 'anyone who can start the image could log in',
    command: 'passwd -S root',
    expected: 'root locked, and no account with an empty password',
    needs: { after },
    template: 'hygiene-root',
    context: {},
  };
}

/** Folders that contain assets: scripts may leave their own files there. */
function foldersOf(assets: ImageInputs['assets']): string[] {
  return [...new Set(assets.map((asset) => path.posix.dirname(asset.path)))].filter(
    (folder) => folder !== '/',
  );
}
