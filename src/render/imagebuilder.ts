/** Owns the Image Builder form of an image: AWSTOE component documents that carry steps and rows unchanged. */
import { createHash } from 'node:crypto';
import { Document, parseDocument, Scalar } from 'yaml';
import { BakeError } from '../errors/bake-error.ts';
import type { Step, VerifyRow } from '../image/step.ts';

export interface Component {
  /** From kind and content: equal content has an equal name. */
  name: string;
  kind: 'BUILD' | 'TEST';
  /** YAML. */
  document: string;
}

/** Characters of a component document that CreateComponent takes inline (service model, `data`). */
export const DOCUMENT_LIMIT = 16_000;
/** Components an image recipe takes by default (Image Builder quotas). */
export const COMPONENT_LIMIT = 20;

type Script = Pick<Step, 'id' | 'title' | 'script'>;

interface Meta {
  /** Tells a person what a component is for. */
  label: string;
  /** What every name of ours starts with: IAM policies go by it. */
  prefix: string;
}

/**
 * Packs steps and rows, in their order, into as few components as hold them. Tests go on after a failed row, so that
 * all of them report.
 * @throws BakeError STEP_TOO_LARGE, COMPONENTS_TOO_MANY, TEMPLATE_VALUE
 */
export function renderComponents(
  steps: readonly Step[],
  rows: readonly VerifyRow[],
  meta: Meta,
): { components: Component[] } {
  const components = [...pack('BUILD', steps, meta), ...pack('TEST', rows, meta)];
  if (components.length > COMPONENT_LIMIT) {
    throw new BakeError('COMPONENTS_TOO_MANY', { count: components.length, limit: COMPONENT_LIMIT });
  }
  return { components };
}

function pack(kind: Component['kind'], scripts: readonly Script[], meta: Meta): Component[] {
  const components: Component[] = [];
  let group: Script[] = [];
  for (const script of scripts) {
    const larger = [...group, script];
    if (component(kind, larger, meta).document.length <= DOCUMENT_LIMIT) {
      group = larger;
      continue;
    }
    const alone = component(kind, [script], meta).document.length;
    if (alone > DOCUMENT_LIMIT) {
      throw new BakeError('STEP_TOO_LARGE', { step: script.id, size: alone, limit: DOCUMENT_LIMIT });
    }
    components.push(component(kind, group, meta));
    group = [script];
  }
  if (group.length > 0) components.push(component(kind, group, meta));
  for (const { document } of components) checkCarries(document, scripts);
  return components;
}

function component(kind: Component['kind'], scripts: readonly Script[], meta: Meta): Component {
  const { label, prefix } = meta;
  const phase = kind === 'BUILD' ? 'build' : 'test';
  const hash = createHash('sha256');
  for (const { id, script } of scripts) hash.update(`${id}\0${script}\0`);
  const name = `${prefix}-${phase}-${hash.update(label).digest('hex').slice(0, 12)}`;
  const document = new Document({
    name,
    description: plain(`${label}: ${scripts.map(({ id }) => id).join(', ')}`),
    schemaVersion: versionOne(),
    phases: [{ name: phase, steps: scripts.map((script) => stepOf(kind, script)) }],
  });
  // Folded or wrapped text would not be the same script any more.
  return { name, kind, document: document.toString({ lineWidth: 0, indentSeq: false }) };
}

function stepOf(kind: Component['kind'], { id, script }: Script): object {
  return {
    name: id.replace(/[^A-Za-z0-9_-]/g, '-'),
    action: 'ExecuteBash',
    onFailure: kind === 'BUILD' ? 'Abort' : 'Continue',
    inputs: { commands: [block(script)] },
  };
}

function block(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = 'BLOCK_LITERAL';
  return scalar;
}

/** AWSTOE wants the number 1.0, not 1. */
function versionOne(): Scalar {
  const scalar = new Scalar(1);
  scalar.minFractionDigits = 1;
  return scalar;
}

/** Descriptions are for people: what could be an expression of AWSTOE, or another reader's line break, is taken out. */
function plain(text: string): string {
  return text.replace(/[{}]|[^ -~]/g, '').slice(0, 900);
}

/**
 * What AWSTOE will read out of the document must be the scripts, byte by byte, without anything it could replace.
 * @throws BakeError TEMPLATE_VALUE: a template wrote what YAML or AWSTOE would change
 */
function checkCarries(document: string, scripts: readonly Script[]): void {
  const read = parseDocument(document);
  const refuse = (reason: string) =>
    new BakeError('TEMPLATE_VALUE', { template: String(read.get('name')), reason });
  const known = new Set<unknown>(scripts.map(({ script }) => script));
  for (let index = 0; read.hasIn(['phases', 0, 'steps', index]); index++) {
    const script = read.getIn(['phases', 0, 'steps', index, 'inputs', 'commands', 0]);
    if (!known.has(script)) throw refuse('YAML does not carry a script unchanged');
  }
  // Other YAML readers than ours change carriage returns and some Unicode inside a block.
  if (/[^\t\n -~]/.test(document))
    throw refuse('YAML may not carry a script unchanged: it is not printable ASCII');
  if (document.includes('{{')) throw refuse('AWSTOE would look for an expression at {{');
}
