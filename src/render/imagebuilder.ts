/** Owns the Image Builder form of an image: AWSTOE component documents that carry steps and rows unchanged. */
import { createHash } from 'node:crypto';
import { Document, parseDocument, Scalar } from 'yaml';
import { BakeError } from '../errors/bake-error.ts';
import { headerLine, readHeader } from '../image/header.ts';
import type { Step, VerifyRow } from '../image/step.ts';
import { stagedKey } from '../store/keys.ts';
import { sha256 } from '../util/sha256.ts';

export interface Component {
  /** From kind and content: equal content has an equal name. */
  name: string;
  kind: 'BUILD' | 'TEST';
  /** YAML. */
  document: string;
  /** Key in the store, where it is too large to go inline. */
  key: string | undefined;
}

/** A script that is too large for any component: the instance fetches it. */
export interface Staged {
  /** Key in the store. */
  key: string;
  text: string;
}

/** bakery.yaml `imageBuilder`, and what else only this engine needs. */
export interface ImageBuilderSettings {
  /** ARNs; empty: the default workflows. */
  workflows: readonly string[];
  executionRole: string | undefined;
  /** SNS topic that Image Builder tells of images that are available or failed. */
  topic: string | undefined;
  /** `s3://bucket/prefix`, where what is too large to go inline is staged; undefined: nowhere. */
  staging: string | undefined;
}

/** Characters of a component document that CreateComponent takes inline (service model, `data`). */
export const DOCUMENT_LIMIT = 16_000;
/** Bytes of a component document from S3 (Image Builder quotas, "Component size"). */
export const STAGED_LIMIT = 64 * 1024;
/** Components an image recipe takes by default (Image Builder quotas). */
export const COMPONENT_LIMIT = 20;

type Script = Pick<Step, 'id' | 'title' | 'script'>;

interface Meta {
  /** Tells a person what a component is for. */
  label: string;
  /** What every name of ours starts with: IAM policies go by it. */
  prefix: string;
  /** ImageBuilderSettings.staging. */
  staging?: string | undefined;
}

/** A script as the steps of a document that run it. */
interface Unit extends Script {
  steps: object[];
  /** What ExecuteBash must be given, byte by byte. */
  commands: string;
  staged: Staged | undefined;
}

/**
 * Packs steps and rows, in their order, into as few components as hold them. Tests go on after a failed row, so that
 * all of them report. With a place for staging, a component may have 64 KB and a script any size; what fits goes
 * inline all the same, since S3 is one more thing that can be unreachable.
 * @throws BakeError STEP_TOO_LARGE, COMPONENTS_TOO_MANY, TEMPLATE_VALUE
 */
export function renderComponents(
  steps: readonly Step[],
  rows: readonly VerifyRow[],
  meta: Meta,
): { components: Component[]; staged: Staged[] } {
  const [build, test] = [unitsOf('BUILD', steps, meta), unitsOf('TEST', rows, meta)];
  const packed = (limit: number): Component[] => [
    ...pack('BUILD', build, meta, limit),
    ...pack('TEST', test, meta, limit),
  ];
  const inline = packed(DOCUMENT_LIMIT);
  const tooMany = inline.length > COMPONENT_LIMIT && meta.staging !== undefined;
  const components = tooMany ? packed(STAGED_LIMIT) : inline;
  if (components.length > COMPONENT_LIMIT) {
    const largest = [...build, ...test]
      .map(({ id, commands }) => ({ id, size: commands.length }))
      .sort((a, b) => b.size - a.size)
      .slice(0, 3)
      .map(({ id, size }) => `${id} ${Math.ceil(size / 1000)} kB`);
    const context = { count: components.length, limit: COMPONENT_LIMIT, largest };
    throw new BakeError('COMPONENTS_TOO_MANY', context);
  }
  return { components, staged: [...build, ...test].flatMap(({ staged }) => staged ?? []) };
}

function unitsOf(kind: Component['kind'], scripts: readonly Script[], meta: Meta): Unit[] {
  return scripts.map((script) => {
    const unit = { ...script, commands: script.script, steps: [stepOf(kind, script)], staged: undefined };
    // What is larger by itself need not be made a document of to know it.
    const { length } = script.script;
    const size = length > STAGED_LIMIT ? length : component(kind, [unit], meta).document.length;
    if (size <= (meta.staging === undefined ? DOCUMENT_LIMIT : STAGED_LIMIT)) return unit;
    if (meta.staging === undefined)
      throw new BakeError('STEP_TOO_LARGE', { step: script.id, size, limit: DOCUMENT_LIMIT });
    return stagedUnit(kind, script, meta.staging);
  });
}

/** S3Download, then a script of a few lines that runs what it fetched: never other bytes than those rendered. */
function stagedUnit(kind: Component['kind'], script: Script, staging: string): Unit {
  const digest = sha256(script.script);
  const key = stagedKey(digest, `${script.id}.sh`);
  const file = `/var/tmp/bakery-${digest.slice(0, 16)}.sh`;
  const header = readHeader(script.script);
  const lines = [
    ...(header ? [headerLine({ ...header, staged: digest })] : []),
    `file=${file}`,
    `if ! printf '%s  %s\\n' ${digest} "$file" | sha256sum --check --status; then`,
    `  rm -f "$file"`,
    `  echo "what S3 gave for ${stepName(script.id)} is not what was rendered" >&2`,
    '  exit 1',
    'fi',
    'bash "$file"',
    'code=$?',
    // 194 asks for a reboot and another go (AWSTOE): the file is needed again.
    'if [ "$code" -ne 194 ]; then rm -f "$file"; fi',
    'exit "$code"',
    '',
  ];
  const commands = lines.join('\n');
  const download = {
    name: `fetch-${stepName(script.id)}`,
    action: 'S3Download',
    onFailure: onFailure(kind),
    inputs: [{ source: `${staging}/${key}`, destination: file, overwrite: true }],
  };
  const steps = [download, stepOf(kind, { ...script, script: commands })];
  return { ...script, commands, steps, staged: { key, text: script.script } };
}

function pack(kind: Component['kind'], units: readonly Unit[], meta: Meta, limit: number): Component[] {
  const components: Component[] = [];
  let group: Unit[] = [];
  for (const unit of units) {
    const larger = [...group, unit];
    if (group.length === 0 || component(kind, larger, meta).document.length <= limit) {
      group = larger;
      continue;
    }
    components.push(component(kind, group, meta));
    group = [unit];
  }
  if (group.length > 0) components.push(component(kind, group, meta));
  for (const { document } of components) checkCarries(document, units);
  return components;
}

function component(kind: Component['kind'], units: readonly Unit[], meta: Meta): Component {
  const { label, prefix } = meta;
  const phase = kind === 'BUILD' ? 'build' : 'test';
  const hash = createHash('sha256');
  for (const { id, script } of units) hash.update(`${id}\0${script}\0`);
  // Where it is fetched from is content, too.
  if (units.some(({ staged }) => staged)) hash.update(`${meta.staging}\0`);
  const name = `${prefix}-${phase}-${hash.update(label).digest('hex').slice(0, 12)}`;
  const yaml = new Document({
    name,
    description: plain(`${label}: ${units.map(({ id }) => id).join(', ')}`),
    schemaVersion: versionOne(),
    phases: [{ name: phase, steps: units.flatMap(({ steps }) => steps) }],
  });
  // Folded or wrapped text would not be the same script any more.
  const document = yaml.toString({ lineWidth: 0, indentSeq: false });
  const key = document.length > DOCUMENT_LIMIT ? stagedKey(sha256(document), `${name}.yaml`) : undefined;
  return { name, kind, document, key };
}

function stepOf(kind: Component['kind'], { id, script }: Pick<Script, 'id' | 'script'>): object {
  return {
    name: stepName(id),
    action: 'ExecuteBash',
    onFailure: onFailure(kind),
    inputs: { commands: [block(script)] },
  };
}

function stepName(id: string): string {
  return id.replace(/[^A-Za-z0-9_-]/g, '-');
}

function onFailure(kind: Component['kind']): string {
  return kind === 'BUILD' ? 'Abort' : 'Continue';
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
function checkCarries(document: string, units: readonly Unit[]): void {
  const read = parseDocument(document);
  const refuse = (reason: string) =>
    new BakeError('TEMPLATE_VALUE', { template: String(read.get('name')), reason });
  const known = new Set<unknown>(units.map(({ commands }) => commands));
  for (let index = 0; read.hasIn(['phases', 0, 'steps', index]); index++) {
    if (read.getIn(['phases', 0, 'steps', index, 'action']) !== 'ExecuteBash') continue;
    const script = read.getIn(['phases', 0, 'steps', index, 'inputs', 'commands', 0]);
    if (!known.has(script)) throw refuse('YAML does not carry a script unchanged');
  }
  // Other YAML readers than ours change carriage returns and some Unicode inside a block.
  if (/[^\t\n -~]/.test(document))
    throw refuse('YAML may not carry a script unchanged: it is not printable ASCII');
  if (document.includes('{{')) throw refuse('AWSTOE would look for an expression at {{');
}
