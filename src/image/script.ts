/** Renders a template into a step or a row: shebang, header line, body. Every engine gets the same bytes. */
import type { Templates } from '../text/templates.ts';
import { headerLine } from './header.ts';
import type { Needs, ScriptHeader, Step, StepFile, VerifyRow } from './step.ts';

export interface StepDraft {
  id: string;
  title: string;
  needs: Needs;
  /** Name of its template below templates/steps/. */
  template: string;
  context: object;
  files?: readonly StepFile[] | undefined;
  /** Contains a user's own script, whose text may be confidential. */
  fromUser?: true;
}

export interface RowDraft extends Omit<StepDraft, 'files'> {
  because: string;
  command: string;
  expected: string;
}

/** One part of an image: the steps that change the image, and the rows that check them afterwards. */
export interface ImagePart {
  steps: StepDraft[];
  rows: RowDraft[];
}

export function renderStep(draft: StepDraft, templates: Templates): Step {
  const { id, title, needs, files, fromUser } = draft;
  return {
    id,
    title,
    needs,
    script: script('step', draft, templates),
    ...(files && { files }),
    ...(fromUser && { fromUser }),
  };
}

export function renderRow(draft: RowDraft, templates: Templates): VerifyRow {
  const { id, title, because, command, expected, needs } = draft;
  return { id, title, because, command, expected, needs, script: script('row', draft, templates) };
}

function script(kind: ScriptHeader['kind'], draft: StepDraft | RowDraft, templates: Templates): string {
  const { id, needs, template, context } = draft;
  const folder = kind === 'step' ? 'steps' : 'verify';
  const body = templates.render(`${folder}/${template}.sh`, { ...context, id });
  return `#!/bin/bash\n${headerLine({ kind, id, ...needs })}\n${body}`;
}

/** Letters, digits, dot, dash and underscore, for ids (report.ts allows no others) and file names. Never empty. */
export function slug(text: string, most = 60): string {
  const plain = text
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, most);
  return plain === '' ? 'x' : plain;
}

/** The same drafts with unique ids: a repeated id gets the suffix `-2`, `-3` and so on. */
export function withOwnIds<D extends { id: string }>(drafts: readonly D[]): D[] {
  const taken = new Set<string>();
  return drafts.map((draft) => {
    let id = draft.id;
    for (let next = 2; taken.has(id); next++) id = `${draft.id}-${next}`;
    taken.add(id);
    return { ...draft, id };
  });
}
