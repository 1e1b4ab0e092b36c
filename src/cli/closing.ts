/** The closing table of the main job and of a plan: images, verification, parameters, rotated references, next steps. */
import type { ImageEntry, RunResult } from '../entries/result.ts';
import { columns } from '../text/tables.ts';

export interface ClosingExtra {
  /** The folder of the run's journal and artifacts; undefined if nothing was written. */
  runFolder: string | undefined;
  /** The commands to run next, most useful first; undefined: the usual ones. */
  next?: readonly string[] | undefined;
  /** The path of the example's copy, if the sandbox works on it. */
  copyOf?: string | undefined;
  /** The reasons for skipped rows and steps, each once. */
  skips?: readonly string[] | undefined;
}

/** The table as text, after an empty line and without a final line break. Empty sections are left out. */
export function closing(result: RunResult, extra: ClosingExtra, width = Infinity): string {
  const section = sectionsOf(width);
  const planned = isPlan(result);
  const sections = [
    section('Images', imageRows(result.images)),
    section('Verified', verifyRows(result.images, extra)),
    section('Parameters', parameterRows(result)),
    section(planned ? 'Would rotate' : 'Rotated', rotatedRows(result)),
    section('Unresolved', unresolvedRows(result)),
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
    markdown(['unresolved', 'reference', 'found', 'why'], unresolvedRows(result)),
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
  // A copy is not verified again, so the first Region of a target counts for the others.
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
    ...(extra.copyOf === undefined ? [] : [['example', `${extra.copyOf} (a copy that you can change)`]]),
  ];
}

/** The most likely next commands. The host adds the place and the other options of the run (next-command.ts). */
function usualNext(result: RunResult, extra: ClosingExtra): string[] {
  const systems = [...new Set(result.images.map((image) => `--os ${image.os}`))];
  const named = systems.length > 0 ? ` ${systems.join(' ')}` : '';
  if (isPlan(result)) return [`\`bake${named}\``];
  return [
    ...replaced(result).map(([old, fresh]) => `\`bake images diff ${old} ${fresh}${named}\``),
    ...(result.rotated.length > 0 && !result.sandbox && extra.copyOf === undefined
      ? ['git diff, then pcluster update-cluster for each changed file']
      : []),
    `\`bake images${systems.length === 1 ? named : ''}\``,
    ...(extra.copyOf === undefined ? [] : ['`bake init`  # writes your own bakery.yaml']),
  ];
}

/** More commands do not help on a screen. */
const MOST_DIFFS = 3;

/** [old, new] for each image that replaced another in its channel, without copies, which have the same packages. */
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

function sectionsOf(width: number) {
  return (title: string, rows: readonly (readonly string[])[]): string =>
    rows.length === 0 ? '' : `${title}\n${columns(rows, '  ', width)}`;
}

function markdown(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string =>
    `| ${headings.map((_, at) => (cells[at] ?? '').replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(headings), `|${' --- |'.repeat(headings.length)}`, ...rows.map(line)].join('\n');
}
