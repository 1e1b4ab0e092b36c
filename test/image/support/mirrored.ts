/** Runs the mirrors part on files in a folder: its steps, its rows and its undo script. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ImageInputs, MirrorInputs } from '../../../src/image/inputs.ts';
import { mirrorsPart } from '../../../src/image/mirrors/mirrors.ts';
import { undoScript } from '../../../src/image/mirrors/undo.ts';
import type { Report } from '../../../src/image/report.ts';
import { renderRow, renderStep } from '../../../src/image/script.ts';
import { packagedTemplates } from '../../../src/text/templates.ts';
import { fullInputs } from './inputs.ts';
import { newRoot, runIn } from './sandboxed.ts';

const templates = packagedTemplates();
export const plain: MirrorInputs = { layout: 'artifactory', url: 'https://mirror.corp.example', repos: {} };

export interface Wish extends Partial<MirrorInputs> {
  proxy?: ImageInputs['proxy'];
}

export function mirrorsOf(os: string, { proxy, ...mirrors }: Wish = {}): ImageInputs {
  const base = fullInputs(os);
  return { ...base, recipe: [{ use: 'mirrors' }], mirrors: { ...plain, ...mirrors }, proxy };
}

export function rowScript(os: string, id: string, wish: Wish = {}): string {
  const draft = mirrorsPart(mirrorsOf(os, wish)).rows.find((row) => row.id === id);
  if (!draft) throw new Error(`no row ${id}`);
  return renderRow(draft, templates).script;
}

export interface Mirrored {
  root: string;
  read: (file: string) => string;
  write: (file: string, text: string) => void;
  again: () => void;
  /** Output of the undo script. */
  undo: () => string;
  row: (id: string) => Report | undefined;
  rows: () => string[];
}

/** Runs the steps of the part in a new root with these files. @throws Error if a step fails */
export function rewrite(os: string, files: Record<string, string>, wish: Wish = {}): Mirrored {
  return rewriteIn(newRoot(files), os, wish);
}

export function rewriteIn(root: string, os: string, wish: Wish = {}): Mirrored {
  const inputs = mirrorsOf(os, wish);
  const { steps, rows } = mirrorsPart(inputs);
  const ran = (script: string) => {
    const { status, output } = runIn(root, script);
    if (status !== 0) throw new Error(output);
    return output;
  };
  const again = () => steps.forEach((draft) => ran(renderStep(draft, templates).script));
  again();
  return {
    root,
    again,
    undo: () => ran(undoScript(inputs, templates) ?? ''),
    read: (file) => readFileSync(path.join(root, file), 'utf8').replaceAll(root, ''),
    write: (file, text) => writeFileSync(path.join(root, file), text),
    row: (id) => runIn(root, rowScript(os, id, wish)).report,
    rows: () => rows.map(({ id }) => id),
  };
}
