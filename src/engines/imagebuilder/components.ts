/** Renders the Image Builder form of an image: AWSTOE component documents that carry steps and rows unchanged. */
import { createHash } from 'node:crypto';
import { BakeError } from '../../errors/bake-error.ts';
import { headerLine, readHeader } from '../../image/header.ts';
import { STAGING, stagedPath, type Step, type StepFile, type VerifyRow } from '../../image/step.ts';
import { stagedKey } from '../../store/keys.ts';
import { sha256 } from '../../util/sha256.ts';
import type { ImageBuilderBuild } from './section.ts';
import { type ComponentStep, scalarText, stepsText } from './component-yaml.ts';

export interface Component {
  /** From kind and content: equal content has an equal name. */
  name: string;
  kind: 'BUILD' | 'TEST';
  /** YAML. */
  document: string;
  /** Key in the store, where it is too large to go inline. */
  key: string | undefined;
}

/** A script that is too large for any component, or a file that a step needs: the instance fetches it. */
export type Staged = {
  /** Key in the store. */
  key: string;
} & ({ text: string } | { file: StepFile });

/** Characters of a component document that CreateComponent takes inline (service model, `data`). */
export const DOCUMENT_LIMIT = 16_000;
/** Bytes of a component document from S3 (Image Builder quotas, "Component size"). */
export const STAGED_LIMIT = 64 * 1024;
/** Components an image recipe takes by default (Image Builder quotas). */
export const COMPONENT_LIMIT = 20;

type Script = Pick<Step, 'id' | 'title' | 'script' | 'files'>;

interface Meta {
  /** Tells a person what a component is for. */
  label: string;
  /** What every name of ours starts with: IAM policies go by it. */
  prefix: string;
  /** ImageBuilderSettings.staging. */
  staging?: string | undefined;
}

/** A script as the steps of a document that run it. */
interface Unit extends Portion {
  id: string;
  script: string;
  /** The steps as YAML. */
  text: string;
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
      .map(({ id, steps: made }) => ({ id, size: made.flatMap(commandsOf).join('').length }))
      .sort((a, b) => b.size - a.size)
      .slice(0, 3)
      .map(({ id, size }) => `${id} ${Math.ceil(size / 1000)} kB`);
    const context = { count: components.length, limit: COMPONENT_LIMIT, largest };
    throw new BakeError('COMPONENTS_TOO_MANY', context);
  }
  const staged = [...build, ...test].flatMap((unit) => unit.staged);
  return { components, staged: [...new Map(staged.map((one) => [one.key, one])).values()] };
}

function unitsOf(kind: Component['kind'], scripts: readonly Script[], meta: Meta): Unit[] {
  const limit = meta.staging === undefined ? DOCUMENT_LIMIT : STAGED_LIMIT;
  return scripts.map((script) => {
    for (const form of formsOf(kind, script, meta)) {
      const portions = form();
      if (!portions) continue;
      const steps = portions.flatMap((portion) => portion.steps);
      // A script that is larger by itself needs no document to know that.
      if (steps.flatMap(commandsOf).some(({ length }) => length > limit)) continue;
      const staged = portions.flatMap((portion) => portion.staged);
      const unit: Unit = { id: script.id, script: script.script, steps, staged, text: stepsText(steps) };
      if (documentLength(kind, [unit], meta) <= limit) return unit;
    }
    // Base64 is a third longer.
    const size = (script.files ?? []).reduce((sum, file) => sum + Math.ceil(file.size / 3) * 4, 0);
    const context = { step: script.id, size: script.script.length + size, limit: DOCUMENT_LIMIT };
    throw new BakeError('STEP_TOO_LARGE', context);
  });
}

function commandsOf({ inputs }: ComponentStep): readonly string[] {
  return 'commands' in inputs ? inputs.commands : [];
}

/** Some steps of a document, and what they need. */
interface Portion {
  steps: ComponentStep[];
  staged: Staged[];
}

/**
 * From best to worst, for S3 is one more thing that can be unreachable: all of it inline; its files from S3; its script
 * from there, too. undefined: there is no such form of it.
 */
function formsOf(
  kind: Component['kind'],
  script: Script,
  { staging }: Meta,
): (() => Portion[] | undefined)[] {
  const itself = (): Portion => {
    const { script: text } = script;
    return { steps: [stepOf(kind, { id: script.id, script: text })], staged: [] };
  };
  const inline = (): Portion[] | undefined => {
    const files = filesInline(kind, script);
    return files && [...files, itself()];
  };
  if (staging === undefined) return [inline];
  return [
    inline,
    () => [...filesFromS3(kind, script, staging), itself()],
    () => [...filesFromS3(kind, script, staging), scriptFromS3(kind, script, staging)],
  ];
}

/** Nobody but root looks into it while it is there. */
const MAKE_STAGING = `set -eu\numask 077\nmkdir -p ${STAGING}\n`;

/** undefined: one of them is too large for any component. */
function filesInline(kind: Component['kind'], { id, files = [] }: Script): Portion[] | undefined {
  if (files.length === 0) return [];
  const texts = files.flatMap((file) => {
    if (file.content === undefined) return [];
    const lines = file.content.replace(/.{1,512}/g, '$&\n');
    return `base64 -d > ${stagedPath(file)} <<'BAKE_DATA'\n${lines}BAKE_DATA\n`;
  });
  if (texts.length < files.length) return undefined;
  const commands = MAKE_STAGING + texts.join('');
  return [{ steps: [stepOf(kind, { id: `stage-${id}`, script: commands })], staged: [] }];
}

/** The component makes the folder, for S3Download need not; the step itself checks the digests. */
function filesFromS3(kind: Component['kind'], { id, files = [] }: Script, staging: string): Portion[] {
  if (files.length === 0) return [];
  const staged = files.map((file) => ({ key: stagedKey(file.sha256, id), file }));
  const downloads = staged.map(({ key, file }) => ({ key, destination: stagedPath(file) }));
  return [
    {
      steps: [
        stepOf(kind, { id: `stage-${id}`, script: MAKE_STAGING }),
        downloadOf(kind, `staged-${id}`, staging, downloads),
      ],
      staged,
    },
  ];
}

/** S3Download, then a script of a few lines that runs what it fetched: never other bytes than those rendered. */
function scriptFromS3(kind: Component['kind'], script: Script, staging: string): Portion {
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
  const download = downloadOf(kind, script.id, staging, [{ key, destination: file }]);
  const steps = [download, stepOf(kind, { id: script.id, script: commands })];
  return { steps, staged: [{ key, text: script.script }] };
}

/** Image Builder user guide, "S3Download": by the instance's role. */
function downloadOf(
  kind: Component['kind'],
  id: string,
  staging: string,
  files: readonly { key: string; destination: string }[],
): ComponentStep {
  return {
    name: `fetch-${stepName(id)}`,
    action: 'S3Download',
    onFailure: onFailure(kind),
    inputs: files.map(({ key, destination }) => ({
      source: `${staging}/${key}`,
      destination,
      overwrite: true,
    })),
  };
}

function pack(kind: Component['kind'], units: readonly Unit[], meta: Meta, limit: number): Component[] {
  const components: Component[] = [];
  let group: Unit[] = [];
  for (const unit of units) {
    const larger = [...group, unit];
    if (group.length === 0 || documentLength(kind, larger, meta) <= limit) {
      group = larger;
      continue;
    }
    components.push(component(kind, group, meta));
    group = [unit];
  }
  if (group.length > 0) components.push(component(kind, group, meta));
  for (const { name, document } of components) checkText(name, document);
  return components;
}

function component(kind: Component['kind'], units: readonly Unit[], meta: Meta): Component {
  const hash = createHash('sha256');
  for (const { id, script } of units) hash.update(`${id}\0${script}\0`);
  // How it gets there is content, too.
  if (units.some(({ staged }) => staged.length > 0)) hash.update(`${meta.staging}\0`);
  const name = nameOf(kind, hash.update(meta.label).digest('hex'), meta);
  const document = headOf(kind, name, units, meta) + units.map(({ text }) => text).join('');
  const key = document.length > DOCUMENT_LIMIT ? stagedKey(sha256(document), `${name}.yaml`) : undefined;
  return { name, kind, document, key };
}

function nameOf(kind: Component['kind'], digest: string, { prefix }: Meta): string {
  return `${prefix}-${phaseOf(kind)}-${digest.slice(0, 12)}`;
}

function phaseOf(kind: Component['kind']): string {
  return kind === 'BUILD' ? 'build' : 'test';
}

/** The document before its steps. AWSTOE wants the number 1.0, not 1. */
function headOf(kind: Component['kind'], name: string, units: readonly Unit[], { label }: Meta): string {
  const description = plain(`${label}: ${units.map(({ id }) => id).join(', ')}`);
  return [
    `name: ${scalarText(name)}`,
    `description: ${scalarText(description)}`,
    'schemaVersion: 1.0',
    'phases:',
    `- name: ${phaseOf(kind)}`,
    '  steps:',
    '',
  ].join('\n');
}

/** Characters of the document that these would make. All names of a kind have the same length. */
function documentLength(kind: Component['kind'], units: readonly Unit[], meta: Meta): number {
  const head = headOf(kind, nameOf(kind, '0'.repeat(12), meta), units, meta);
  return units.reduce((sum, { text }) => sum + text.length, head.length);
}

function stepOf(kind: Component['kind'], { id, script }: Pick<Script, 'id' | 'script'>): ComponentStep {
  return {
    name: stepName(id),
    action: 'ExecuteBash',
    onFailure: onFailure(kind),
    inputs: { commands: [script] },
  };
}

function stepName(id: string): string {
  return id.replace(/[^A-Za-z0-9_-]/g, '-');
}

function onFailure(kind: Component['kind']): string {
  return kind === 'BUILD' ? 'Abort' : 'Continue';
}

/** Descriptions are for people: what could be an expression of AWSTOE, or another reader's line break, is taken out. */
function plain(text: string): string {
  return text.replace(/[{}]|[^ -~]/g, '').slice(0, 900);
}

/**
 * A script must arrive byte by byte, without anything that AWSTOE could replace.
 * @throws BakeError TEMPLATE_VALUE: a template wrote what YAML or AWSTOE would change
 */
function checkText(name: string, document: string): void {
  const refuse = (reason: string) => new BakeError('TEMPLATE_VALUE', { template: name, reason });
  // Other YAML readers than ours change carriage returns and some Unicode inside a block.
  if (/[^\t\n -~]/.test(document))
    throw refuse('YAML may not carry a script unchanged: it is not printable ASCII');
  if (document.includes('{{')) throw refuse('AWSTOE would look for an expression at {{');
}

type Rendered = ReturnType<typeof renderComponents>;

/** A build's components are counted on the screen, written to the run's folder and made: rendered once. */
const known = new WeakMap<ImageBuilderBuild, Rendered>();

/** @throws BakeError STEP_TOO_LARGE, COMPONENTS_TOO_MANY */
export function componentsOf(build: ImageBuilderBuild): Rendered {
  const rendered = known.get(build) ?? renderComponents(build.steps, build.rows, metaOf(build));
  known.set(build, rendered);
  return rendered;
}

/** What rendering components goes by. */
function metaOf(build: Pick<ImageBuilderBuild, 'label' | 'prefix' | 'settings'>) {
  return { label: build.label, prefix: build.prefix, staging: build.settings.staging };
}
