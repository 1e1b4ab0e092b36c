/** Renders an image for Image Builder: AWSTOE component documents that contain the steps and rows unchanged. */
import { createHash } from 'node:crypto';
import { BakeError } from '../../errors/bake-error.ts';
import { headerLine, readHeader } from '../../image/header.ts';
import { STAGING, stagedPath, type Step, type StepFile, type VerifyRow } from '../../image/step.ts';
import { stagedKey } from '../../store/keys.ts';
import { sha256 } from '../../util/sha256.ts';
import type { ImageBuilderBuild } from './section.ts';
import { type DocumentStep, scalarText, stepsText } from './component-yaml.ts';

export interface Component {
  /** Derived from kind and content: equal content has an equal name. */
  name: string;
  kind: 'BUILD' | 'TEST';
  /** YAML. */
  document: string;
  /** Key in the store, if the document is too large to go inline. */
  key: string | undefined;
}

/** A script that is too large for any component, or a file that a step needs: the instance downloads it. */
export type Staged = {
  /** Key in the store. */
  key: string;
} & ({ text: string } | { file: StepFile });

/** Characters of a component document that CreateComponent takes inline (service model, `data`). */
export const DOCUMENT_LIMIT = 16_000;
/** Bytes of a component document from S3 (Image Builder quotas, "Component size"). */
export const STAGED_LIMIT = 64 * 1024;
/** Components that an image recipe can have by default (Image Builder quotas). */
export const COMPONENT_LIMIT = 20;

type Script = Pick<Step, 'id' | 'title' | 'script' | 'files'>;

interface Meta {
  /** Describes the component to people. */
  label: string;
  /** Prefix of every name that bake creates: IAM policies match it. */
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
 * Packs steps and rows, in order, into as few components as possible. A failed row does not stop the following rows, so
 * that all of them report. With staging, a component may have 64 KB and a script any size; whatever fits is still
 * inline, because S3 is one more service that may be unreachable.
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
      // Rendering the document is not necessary if a command alone is too large.
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

function commandsOf({ inputs }: DocumentStep): readonly string[] {
  return 'commands' in inputs ? inputs.commands : [];
}

/** Some steps of a document, and what they need. */
interface Portion {
  steps: DocumentStep[];
  staged: Staged[];
}

/**
 * The forms of a script, the preferred one first, because S3 may be unreachable: everything inline; files from S3;
 * files and script from S3. A form returns undefined if it is not possible.
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

/** Only root can read the folder. */
const MAKE_STAGING = `set -eu\numask 077\nmkdir -p ${STAGING}\n`;

/** Returns undefined if a file is too large for any component. */
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

/** The component creates the folder, because S3Download may not; the step itself checks the digests. */
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

/** S3Download, then a short script that checks the digest of the downloaded script and runs it. */
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
    `  echo "the script of ${stepName(script.id)} from S3 is not the rendered script" >&2`,
    '  exit 1',
    'fi',
    'bash "$file"',
    'code=$?',
    // Exit status 194 makes AWSTOE reboot and run the step again, which needs the file again.
    'if [ "$code" -ne 194 ]; then rm -f "$file"; fi',
    'exit "$code"',
    '',
  ];
  const commands = lines.join('\n');
  const download = downloadOf(kind, script.id, staging, [{ key, destination: file }]);
  const steps = [download, stepOf(kind, { id: script.id, script: commands })];
  return { steps, staged: [{ key, text: script.script }] };
}

/** Downloads with the role of the instance (Image Builder user guide, "S3Download"). */
function downloadOf(
  kind: Component['kind'],
  id: string,
  staging: string,
  files: readonly { key: string; destination: string }[],
): DocumentStep {
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
  // The place of staged files is part of the content.
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

function stepOf(kind: Component['kind'], { id, script }: Pick<Script, 'id' | 'script'>): DocumentStep {
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

/** Removes characters from a description that may start an AWSTOE expression or break a line. */
function plain(text: string): string {
  return text.replace(/[{}]|[^ -~]/g, '').slice(0, 900);
}

/**
 * Checks that AWSTOE reads exactly the scripts from the document and has nothing to replace in them.
 * @throws BakeError TEMPLATE_VALUE if a template wrote something that YAML or AWSTOE would change
 */
function checkText(name: string, document: string): void {
  const refuse = (reason: string) => new BakeError('TEMPLATE_VALUE', { template: name, reason });
  // Other YAML parsers change carriage returns and some Unicode characters inside a block.
  if (/[^\t\n -~]/.test(document))
    throw refuse('YAML may change a script, because it is not printable ASCII');
  if (document.includes('{{')) throw refuse('AWSTOE would read {{ as the start of an expression');
}

type Rendered = ReturnType<typeof renderComponents>;

/** Rendered once for each build, because the screen, the run's folder and the requests all need them. */
const known = new WeakMap<ImageBuilderBuild, Rendered>();

/** @throws BakeError STEP_TOO_LARGE, COMPONENTS_TOO_MANY */
export function componentsOf(build: ImageBuilderBuild): Rendered {
  const rendered = known.get(build) ?? renderComponents(build.steps, build.rows, metaOf(build));
  known.set(build, rendered);
  return rendered;
}

/** The settings of a build that its components depend on. */
function metaOf(build: Pick<ImageBuilderBuild, 'label' | 'prefix' | 'settings'>) {
  return { label: build.label, prefix: build.prefix, staging: build.settings.staging };
}
