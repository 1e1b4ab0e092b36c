/** Owns the closing table of the main job and of a plan: what was baked, published, rotated, verified; what is next. */
import type { ImageEntry, RunResult } from '../entries/result.ts';
import { columns } from '../text/tables.ts';

export interface ClosingExtra {
  /** Folder of the run's journal and artifacts; undefined when nothing was written. */
  runFolder: string | undefined;
  /** Options of a plan beside its targets, as a shell reads them: the run that it foretells takes them, too. */
  options?: readonly string[] | undefined;
  /** Commands to run next, most useful first; without them the usual ones. */
  next?: readonly string[] | undefined;
  /** With --sandbox and no bakery.yaml: where the copy of the example is. */
  copyOf?: string | undefined;
  /** Why verify rows and steps were skipped, each reason once. */
  skips?: readonly string[] | undefined;
}

/** The table as text, set off by an empty line, without a line end. Sections with nothing to say are left out. */
export function closing(result: RunResult, extra: ClosingExtra): string {
  const planned = isPlan(result);
  const sections = [
    section('Images', imageRows(result.images)),
    section('Verified', verifyRows(result.images, extra)),
    section('Parameters', parameterRows(result)),
    section(planned ? 'Would rotate' : 'Rotated', rotatedRows(result)),
    section('Left alone', unresolvedRows(result)),
    section('Artifacts', artifactRows(extra)),
    section(
      'Next',
      (extra.next ?? usualNext(result, extra)).map((line) => [line]),
    ),
  ];
  return ['', ...sections.filter((text) => text !== '')].join('\n');
}

/** The same as Markdown, for a GitHub job summary. */
export function closingMarkdown(result: RunResult, extra: ClosingExtra): string {
  const title = result.sandbox
    ? `bake run ${result.run} (sandbox: no AWS account is touched)`
    : `bake run ${result.run}`;
  return [
    `### ${title}`,
    markdown(['target', 'Region', 'base image', 'image', 'outcome'], imageRows(result.images)),
    markdown(['target', 'verified', ''], verifyRows(result.images, extra)),
    markdown(['parameter', 'Region', 'value'], parameterRows(result)),
    markdown(['file', 'reference', 'image'], rotatedRows(result)),
    markdown(['left alone', 'reference', 'found', 'why'], unresolvedRows(result)),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

function imageRows(images: readonly ImageEntry[]): string[][] {
  return images.map((image) => [
    `${image.os} ${image.arch} ${image.parallelcluster}`,
    image.region,
    image.baseImageId,
    `→ ${image.imageId ?? '(new)'}`,
    image.outcome === 'would-bake' ? 'would be baked' : image.outcome,
  ]);
}

function verifyRows(images: readonly ImageEntry[], extra: ClosingExtra): string[][] {
  // A copy was verified where it was baked: the target's other Regions have nothing of their own to say.
  const verified = images.filter(({ verify }) => verify.passed + verify.failed + verify.skipped > 0);
  const first = verified.filter(
    (image, at) => verified.findIndex((other) => labelOf(other) === labelOf(image)) === at,
  );
  const counts = first.map(({ verify, ...image }) => [
    labelOf(image),
    `${verify.passed} passed · ${verify.failed} failed · ${verify.skipped} skipped`,
  ]);
  return [...counts, ...(extra.skips ?? []).map((reason) => ['', `• skipped: ${reason}`])];
}

function labelOf(image: { os: string; arch: string }): string {
  return `${image.os} ${image.arch}`;
}

function parameterRows(result: RunResult): string[][] {
  return result.parameters.map((parameter) => [
    parameter.name,
    parameter.region,
    change(parameter.previous ?? '(none)', parameter.value ?? '(new)'),
  ]);
}

function change(from: string, to: string): string {
  return from === to ? `${to} (unchanged)` : `${from} → ${to}`;
}

function rotatedRows(result: RunResult): string[][] {
  return result.rotated.map((entry) => [
    `${entry.file}:${entry.line}`,
    entry.path,
    `${entry.from} → ${entry.to ?? '(new)'}`,
  ]);
}

function unresolvedRows(result: RunResult): string[][] {
  return result.unresolved.map((entry) => [
    `${entry.file}:${entry.line}`,
    entry.path,
    entry.found,
    entry.reason,
  ]);
}

function artifactRows(extra: ClosingExtra): string[][] {
  return [
    ...(extra.runFolder === undefined ? [] : [['run', extra.runFolder]]),
    ...(extra.copyOf === undefined
      ? []
      : [['example', `${extra.copyOf} (a copy: read it, change it, run again)`]]),
  ];
}

/** What a person most likely wants after this. */
function usualNext(result: RunResult, extra: ClosingExtra): string[] {
  const sandbox = result.sandbox ? ' --sandbox' : '';
  const systems = [...new Set(result.images.map((image) => `--os ${image.os}`))];
  const named = systems.length > 0 ? ` ${systems.join(' ')}` : '';
  const options = (extra.options ?? []).map((option) => ` ${option}`).join('');
  if (isPlan(result)) return [`bake${named}${options}${sandbox}`];
  return [
    ...replaced(result).map(([old, fresh]) => `bake images diff ${old} ${fresh}${named}${sandbox}`),
    ...(result.rotated.length > 0 && !result.sandbox && extra.copyOf === undefined
      ? ['git diff, then pcluster update-cluster for each changed file']
      : []),
    `bake images${systems.length === 1 ? named : ''}${sandbox}`,
    ...(extra.copyOf === undefined ? [] : ['bake init writes a bakery.yaml of your own']),
  ];
}

/** More are no help on a screen. */
const MOST_DIFFS = 3;

/** [old, new] of each image that took another one's place in its channel; copies have the same packages. */
function replaced({ images, parameters }: RunResult): [string, string][] {
  const baked = new Set(images.filter(({ outcome }) => outcome === 'baked').map(({ imageId }) => imageId));
  const names = new Set<string>();
  return parameters
    .flatMap(({ name, previous, value }): [string, string][] => {
      if (previous === null || value === null || previous === value || !baked.has(value)) return [];
      if (names.has(name)) return [];
      names.add(name);
      return [[previous, value]];
    })
    .slice(0, MOST_DIFFS);
}

function isPlan(result: RunResult): boolean {
  return (
    result.images.some((image) => image.outcome === 'would-bake') ||
    result.parameters.some((parameter) => parameter.value === null) ||
    result.rotated.some((entry) => entry.to === null)
  );
}

function section(title: string, rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : `${title}\n${columns(rows, '  ')}`;
}

function markdown(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string =>
    `| ${headings.map((_, at) => (cells[at] ?? '').replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(headings), `|${' --- |'.repeat(headings.length)}`, ...rows.map(line)].join('\n');
}
