/** Formats the difference between two images as a table for a terminal, or as Markdown for a pull request. */
import { isDowngrade, type SbomChange, type SbomDiff } from '../sbom/diff.ts';
import type { SbomContent } from '../sbom/read.ts';
import { count } from '../util/count.ts';
import { table } from '../text/tables.ts';

export interface Side {
  /** The name that the user gave. */
  name: string;
  file: string;
  content: SbomContent;
}

type DiffFormat = 'table' | 'markdown';

interface Row {
  change: string;
  what: string;
  from: string;
  to: string;
}

export function isDiffFormat(name: string): name is DiffFormat {
  return name === 'table' || name === 'markdown';
}

export function formatDiff(format: DiffFormat, a: Side, b: Side, diff: SbomDiff, width = Infinity): string {
  const rows = rowsOf(diff);
  return format === 'table' ? asTable(a, b, rows, diff, width) : asMarkdown(a, b, rows, diff);
}

/** The rows, with those that are most likely to break clusters first. */
function rowsOf(diff: SbomDiff): Row[] {
  const row = (change: string) => (of: SbomChange) => ({
    change,
    what: [of.name, of.arch, of.place].filter((part) => part !== '').join(' '),
    from: of.from ?? '-',
    to: of.to ?? '-',
  });
  return [
    ...(diff.kernel === null ? [] : [diff.kernel].map(row('kernel'))),
    ...diff.drivers.map(row('driver')),
    ...diff.downgraded.map(row('downgraded')),
    ...diff.removed.map(row('removed')),
    ...diff.added.map(row('added')),
    ...diff.upgraded.map(row('upgraded')),
  ];
}

function asTable(a: Side, b: Side, rows: readonly Row[], diff: SbomDiff, width: number): string {
  const body =
    rows.length === 0
      ? 'no difference'
      : table(
          ['CHANGE', 'WHAT', 'FROM', 'TO'],
          rows.map(({ change, what, from, to }) => [change, what, from, to]),
          width,
        );
  return [`${title(a)} → ${title(b)}`, body, ...(rows.length === 0 ? [] : [sum(diff)]), ...notes(a, b)].join(
    '\n',
  );
}

function asMarkdown(a: Side, b: Side, rows: readonly Row[], diff: SbomDiff): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  const body =
    rows.length === 0
      ? ['No difference.']
      : [
          line(['Change', 'What', 'From', 'To']),
          '| --- | --- | --- | --- |',
          ...rows.map(({ change, what, from, to }) => line([change, what, from, to])),
          '',
          sum(diff),
        ];
  return [
    `### ${cell(title(a))} → ${cell(title(b))}`,
    '',
    ...body,
    ...notes(a, b).flatMap((note) => ['', note]),
  ].join('\n');
}

/** Escapes a cell, because a bar or a line ending would end it. */
function cell(text: string): string {
  return text.replace(/[\\|`*_<>[\]]/g, '\\$&').replace(/\s+/g, ' ');
}

function title({ name, content }: Side): string {
  return content.name === '' || content.name === name ? name : `${name} (${content.name})`;
}

function sum({ added, removed, upgraded, downgraded, kernel, drivers }: SbomDiff): string {
  const kernelText = kernel === null ? 'same kernel' : `kernel ${isDowngrade(kernel) ? 'older' : 'changed'}`;
  return `${kernelText} · ${count(drivers.length, 'driver')} · ${added.length} added · ${removed.length} removed · ${upgraded.length} upgraded · ${downgraded.length} downgraded`;
}

function notes(...sides: Side[]): string[] {
  return sides
    .filter(({ content }) => !content.complete)
    .map(
      ({ name }) =>
        `The package list of ${name} is incomplete, because the packages of its OS could not be listed.`,
    );
}
