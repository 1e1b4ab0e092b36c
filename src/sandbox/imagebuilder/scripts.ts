/** Turns the component steps of a stage into bash scripts, one for each step, in AWSTOE's order. */
import type { PlacedFile } from '../../engines/rehearsal/contract.ts';
import { readHeader } from '../../image/header.ts';
import { sha256 } from '../../util/sha256.ts';
import type { ComponentRow } from '../tables.ts';
import { readDocument, type ComponentDocument, type ComponentStep } from './document.ts';

export interface StageScript {
  /** `component/phase/step`, unique in a stage. */
  name: string;
  component: ComponentRow;
  phase: string;
  step: ComponentStep;
  /** The joined commands with parameters filled in. */
  text: string;
  /** Files of S3Download. An instance of the sandbox cannot reach S3, so the rehearsal places the files. */
  files?: PlacedFile[] | undefined;
  /** sha256 (hex) of the text, or of the staged script that the text downloads and runs (image/header.ts). */
  digest: string;
}

/** An S3 object and the file on disk with its bytes. */
export interface FetchedObject {
  file: string;
  sha256: string;
}

/** Finds the object at `s3://bucket/key`; undefined if there is none. */
export type FetchObject = (source: string) => FetchedObject | undefined;

export interface ConfiguredComponent {
  component: ComponentRow;
  parameters: { name: string; value: string[] }[];
}

/** A part of a document that the sandbox cannot execute. The build fails instead of skipping it. */
export class StageRefused extends Error {
  readonly component: string;
  readonly phase: string;
  readonly step: ComponentStep;

  constructor(script: Pick<StageScript, 'component' | 'phase' | 'step'>, message: string) {
    super(message);
    this.component = script.component.arn;
    this.phase = script.phase;
    this.step = script.step;
  }
}

/**
 * The scripts of a stage, phase by phase, in the order of the recipe (Image Builder user guide, "Build stage": the
 * build phases of all components, then their validate phases).
 * @throws StageRefused for an action, a condition or an expression that the sandbox does not support
 */
export function stageScripts(
  components: readonly ConfiguredComponent[],
  phases: readonly string[],
  fetch: FetchObject,
): StageScript[] {
  const fetched = new Set<string>();
  const remember: FetchObject = (source) => {
    const object = fetch(source);
    if (object) fetched.add(object.sha256);
    return object;
  };
  const documents = components.map((configured) => ({
    ...configured,
    document: documentOf(configured.component),
  }));
  return phases
    .flatMap((phase) =>
      documents.flatMap(({ component, parameters, document }) =>
        document.phases
          .filter((one) => one.name === phase)
          .flatMap((one) => one.steps)
          .map((step) => scriptOf({ component, phase, step }, document, parameters, remember)),
      ),
    )
    .map((script) => {
      const staged = readHeader(script.text)?.staged;
      const digest = staged !== undefined && fetched.has(staged) ? staged : sha256(script.text);
      return { ...script, digest };
    });
}

/** Reads the document again; createComponent has already validated it. */
function documentOf(component: ComponentRow): ComponentDocument {
  const document = readDocument(component.data);
  if ('error' in document) throw new Error(`component ${component.arn}: ${document.error}`);
  return document;
}

function scriptOf(
  place: Pick<StageScript, 'component' | 'phase' | 'step'>,
  document: ComponentDocument,
  given: ConfiguredComponent['parameters'],
  fetch: FetchObject,
): Omit<StageScript, 'digest'> {
  const { component, phase, step } = place;
  const name = `${component.name}/${phase}/${step.name}`;
  if (step.downloads) return { ...place, name, ...download(step.downloads, fetch) };
  if (step.commands === undefined) {
    throw new StageRefused(
      place,
      `the sandbox does not execute the action ${step.action} (step ${step.name}): only ExecuteBash and S3Download`,
    );
  }
  if (step.conditional !== undefined) {
    throw new StageRefused(place, `the sandbox does not execute ${step.conditional}: (step ${step.name})`);
  }
  const values = new Map(document.parameters.map((known) => [known.name, known.defaultValue ?? '']));
  for (const parameter of given) values.set(parameter.name, parameter.value.join(','));
  return {
    ...place,
    name,
    text: fillParameters(place, step.commands.join('\n'), values),
  };
}

function download(
  downloads: NonNullable<ComponentStep['downloads']>,
  fetch: FetchObject,
): Pick<StageScript, 'text' | 'files'> {
  const files: PlacedFile[] = [];
  const lines = downloads.map(({ source, destination }) => {
    const object = fetch(source);
    if (!object) return `echo ${quote(`${source}: there is no such object`)} >&2; exit 1\n`;
    files.push({ source: object.file, to: destination });
    return `[ -f ${quote(destination)} ] || exit 1\n`;
  });
  return { text: lines.join(''), files };
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Fills in `{{ name }}` of each parameter. AWSTOE leaves expressions that it cannot resolve in place (Image Builder
 * user guide, "Use variables in your custom component document").
 */
function fillParameters(
  place: Pick<StageScript, 'component' | 'phase' | 'step'>,
  text: string,
  values: ReadonlyMap<string, string>,
): string {
  return text.replace(/\{\{\s*([A-Za-z0-9_.:-]+)\s*\}\}/g, (whole, name: string) => {
    if (/^[a-z-]+\.[^.]+\.(outputs|inputs)\./.test(name)) {
      throw new StageRefused(
        place,
        `the sandbox does not chain outputs of steps: ${whole} (step ${place.step.name})`,
      );
    }
    return values.get(name) ?? whole;
  });
}

/** A step that exits with this status runs again after a reboot (Image Builder user guide, "Reboot"). */
export const REBOOT = 194;
/** Limit for a step that always requests a reboot. */
const MAX_REBOOTS = 10;
const MARK = 'bake-sandbox-step-ended';

/** The exit status in the last line of a wrapped script; undefined for any other line. */
export function readMark(line: string): number | undefined {
  const found = /^bake-sandbox-step-ended (\d{1,3})$/.exec(line);
  return found ? Number(found[1]) : undefined;
}

/**
 * Wraps `text` in a script that applies the step's attributes as AWSTOE does: attempts, time limit, and another run
 * after exit 194. The script prints the exit status of `text` as its last line. It fails only if onFailure is Abort.
 */
export function wrapScript({ text, step }: Pick<StageScript, 'text' | 'step'>): string {
  const end = `BAKE_STEP_${sha256(text).slice(0, 16)}`;
  const run =
    step.timeoutSeconds > 0
      ? `timeout -s KILL ${step.timeoutSeconds} bash "$bake_file"`
      : 'bash "$bake_file"';
  return `bake_file="$(mktemp)" || exit 1
cat >"$bake_file" <<'${end}'
${text}
${end}
bake_code=1
bake_attempts=0
bake_reboots=0
while :; do
  ${run}
  bake_code=$?
  if [ "$bake_code" -eq ${REBOOT} ] && [ "$bake_reboots" -lt ${MAX_REBOOTS} ]; then
    bake_reboots=$((bake_reboots + 1))
    continue
  fi
  bake_attempts=$((bake_attempts + 1))
  if [ "$bake_code" -eq 0 ] || [ "$bake_attempts" -ge ${step.maxAttempts} ]; then break; fi
done
rm -f "$bake_file"
printf '%s\\n' "${MARK} $bake_code"
exit ${step.onFailure === 'Abort' ? '"$bake_code"' : '0'}
`;
}
