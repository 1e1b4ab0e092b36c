/** Writes steps of an AWSTOE document as YAML, so that a YAML reader gets each script unchanged. */
import { Document, parseDocument, Scalar, stringify } from 'yaml';
import { BakeError } from '../../errors/bake-error.ts';

/** AWSTOE user guide, "Component document schema": the two kinds of step that we use. */
export interface DocumentStep {
  name: string;
  action: 'ExecuteBash' | 'S3Download';
  onFailure: string;
  inputs: { commands: [string] } | { source: string; destination: string; overwrite: boolean }[];
}

/** Values that need no quotes, so that bake writes them without the library. */
const PLAIN_NAME = /^(?!(?:null|true|false)$)[a-z][a-z0-9-]*$/;
const PLAIN_DESCRIPTION = /^[^"'\\\n]*: [^"'\\\n]*$/;
const PLAIN_SCRIPT = /^[!-~][\t\n -~]*[!-~]\n$/;

/**
 * The steps as the items of `phases[0].steps`. Most are a plain name and a script of printable lines, for which a literal
 * block is the script with an indent (YAML 1.2.2, 8.1.2). Writing it here takes 1 ms; the library takes 60 ms of a start.
 * The indent is as small as YAML allows, because it counts for the size of a component.
 * @throws BakeError TEMPLATE_VALUE if YAML would change a script
 */
export function stepsText(steps: readonly DocumentStep[]): string {
  return steps.map((step) => plainText(step) ?? libraryText(step)).join('');
}

/** A value that fits on the line of its key. */
export function scalarText(value: string): string {
  if (PLAIN_NAME.test(value)) return value;
  // Quoted, because it contains a colon.
  if (PLAIN_DESCRIPTION.test(value)) return `"${value}"`;
  return stringify(value, { lineWidth: 0 }).trimEnd();
}

function plainText({ name, action, onFailure, inputs }: DocumentStep): string | undefined {
  if (!('commands' in inputs)) return undefined;
  const [script] = inputs.commands;
  if (!PLAIN_NAME.test(name) || !PLAIN_SCRIPT.test(script)) return undefined;
  const lines = script.replace(/^(?=.)/gm, '      ');
  return `  - name: ${name}\n    action: ${action}\n    onFailure: ${onFailure}\n    inputs:\n     commands:\n     - |\n${lines}`;
}

function libraryText(step: DocumentStep): string {
  const before = 'steps:\n';
  // Folded or wrapped text would not be the same script any more.
  const text = new Document({ phases: [{ steps: [blocks(step)] }] }).toString({
    lineWidth: 0,
    indentSeq: false,
  });
  checkCarries(text, step);
  const items = text.slice(text.indexOf(before) + before.length);
  return items;
}

function blocks(step: DocumentStep): object {
  if (!('commands' in step.inputs)) return step;
  const scalar = new Scalar(step.inputs.commands[0]);
  scalar.type = 'BLOCK_LITERAL';
  return { ...step, inputs: { commands: [scalar] } };
}

/** Checks that AWSTOE reads each script from the document byte by byte. */
function checkCarries(text: string, { name, inputs }: DocumentStep): void {
  if (!('commands' in inputs)) return;
  const read: unknown = parseDocument(text).getIn(['phases', 0, 'steps', 0, 'inputs', 'commands', 0]);
  if (read === inputs.commands[0]) return;
  throw new BakeError('TEMPLATE_VALUE', { template: name, reason: 'YAML does not carry a script unchanged' });
}
