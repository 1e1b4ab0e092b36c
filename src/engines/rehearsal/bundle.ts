/** Makes the tar that carries everything into the namespaces, so that nothing is written to disk on the machine. */
import path from 'node:path';
import type { PlacedFile } from './contract.ts';
import type { MachinePlan } from './machine.ts';
import type { TarEntry } from '../../util/tar.ts';

export interface BundleContent {
  plan: MachinePlan;
  skeleton: readonly TarEntry[];
  scripts: readonly string[];
  files?: readonly PlacedFile[] | undefined;
  /** The text of meta/layer.json, which a saved layer contains unchanged. */
  meta: string;
  /** Programs for an instance: name → text. */
  programs?: Readonly<Record<string, string>> | undefined;
}

export function bundleEntries(content: BundleContent): TarEntry[] {
  return [
    ...planEntries(content.plan),
    folder('meta'),
    file('meta/layer.json', content.meta),
    folder('scripts'),
    ...content.scripts.map((text, index) => file(`scripts/${index}`, text)),
    ...fileEntries(content.files ?? []),
    ...programEntries(content.programs),
    folder('skeleton'),
    ...content.skeleton.map((entry) => ({ ...entry, path: `skeleton/${entry.path}` })),
  ];
}

/** Lists each file's source and destination without its content, because the whole bundle is kept in memory. */
function fileEntries(files: readonly PlacedFile[]): TarEntry[] {
  return [
    folder('files'),
    ...files.flatMap(({ source, to }, index) => [
      folder(`files/${index}`),
      file(`files/${index}/source`, path.resolve(source)),
      file(`files/${index}/to`, to),
    ]),
  ];
}

function programEntries(programs: BundleContent['programs']): TarEntry[] {
  if (programs === undefined) return [];
  return [folder('bin'), ...Object.entries(programs).map(([name, text]) => file(`bin/${name}`, text))];
}

export function planEntries(plan: MachinePlan): TarEntry[] {
  return [
    folder('plan'),
    ...(['trees', 'hidden', 'copies'] as const).map((list) =>
      file(`plan/${list}`, `${plan[list].join('\n')}\n`),
    ),
  ];
}

function folder(at: string): TarEntry {
  return { path: at, kind: 'folder', mode: 0o755, uid: 0 };
}

function file(at: string, text: string): TarEntry {
  return { path: at, kind: 'file', mode: 0o644, uid: 0, content: Buffer.from(text) };
}
