/**
 * Finds ids that are assigned to variables in scripts and env files. Ids in arguments, longer strings and heredocs are
 * reported, because their use is not known.
 */
import type { FileFindings, Quote } from './format.ts';
import {
  addIndirect,
  addReference,
  addSyntaxError,
  decode,
  finished,
  idsIn,
  idsInUse,
  openPage,
  type Page,
  part,
  regionIn,
} from './page.ts';
import { recordOf } from './records.ts';
import type { ShellPart } from './readers/shell.ts';
import { readOr } from './readers/problem.ts';

type Reader = (text: string) => ShellPart[];

/** Finds the references with one of the readers. Pure; never throws. */
export function findAssigned(file: string, bytes: Buffer, reader: Reader): FileFindings {
  const page = openPage(file, bytes);
  const read = readOr(() => reader(page.text));
  if ('problem' in read) {
    if (idsIn(page.text).length > 0) addSyntaxError(page, 'shell', read.problem);
    return finished(page);
  }
  const region = regionOf(page, read.value);
  page.found.cluster = { region };
  for (const one of read.value) addPart(page, one, region);
  return finished(page);
}

/** The words, in the form of Format.content. */
export function contentOf(bytes: Buffer, reader: Reader): string[] {
  const { text } = decode(bytes);
  const read = readOr(() => reader(text));
  if ('problem' in read) return [part('', 'problem', text)];
  return read.value
    .filter(({ kind, value }) => kind !== 'assignment' || value !== undefined)
    .map((one) =>
      part(
        pathIn(text, one),
        one.kind,
        own(text, one, () => '$()'),
      ),
    );
}

function addPart(page: Page, one: ShellPart, region: string | undefined): void {
  const written = writtenId(page.text, one);
  const path = pathIn(page.text, one);
  if (written) {
    const { start, id, quote } = written;
    const kept = recordOf(path.split(/[[\]]/));
    if (kept) {
      addIndirect(page, { offset: start, path, written: id, ...kept });
      return;
    }
    addReference(page, {
      start,
      id,
      quote,
      path,
      scope: 'variable',
      region: regionIn(one.key, one.label) ?? region,
      marks: '#',
    });
    return;
  }
  // A whole array is skipped, because its elements are read as parts.
  if (one.kind === 'assignment' && one.value === undefined) return;
  const reason = one.kind === 'heredoc' ? HEREDOC : one.kind === 'word' ? ARGUMENT : LONGER;
  for (const { id, offset } of idsInUse(own(page.text, one, (length) => ' '.repeat(length)))) {
    addIndirect(page, { offset: one.start + offset, path, written: id, reason });
  }
}

const HEREDOC = 'the id is in a heredoc; literal mode moves it';
const ARGUMENT = 'the id is an argument and not assigned to a variable; literal mode moves it';
const LONGER = 'the id is part of a longer text; literal mode moves it';

/** The name of the variable. `: "${AMI:=ami-…}"` sets one too. */
function pathIn(text: string, { name, command, start, end }: ShellPart): string {
  if (name !== undefined) return name;
  return command === ':' ? (/^"?\$\{(\w+):?=/.exec(text.slice(start, end))?.[1] ?? '') : '';
}

/** The text without its substitutions, whose words are read as parts. */
function own(text: string, { start, end, holes }: ShellPart, instead: (length: number) => string): string {
  const ends = [start, ...holes.map(([, to]) => to)];
  const pieces = ends.map((from, index) => text.slice(from, holes[index]?.[0] ?? end));
  return pieces.reduce((whole, piece, index) => {
    const [from = 0, to = 0] = holes[index - 1] ?? [];
    return whole + instead(to - from) + piece;
  });
}

/** Matches `ami-…` alone, in quotes, or as the default of an expansion: `${AMI:-ami-…}`. */
const VALUE = /^(["']?)(\$\{[A-Za-z_][A-Za-z0-9_]*:?[-=])?(ami-(?:[0-9a-f]{17}|[0-9a-f]{8}))(\})?\1$/;

function writtenId(text: string, one: ShellPart): { start: number; id: string; quote: Quote } | undefined {
  const sets = one.kind === 'assignment' || (one.kind === 'word' && one.command === ':');
  if (!sets) return undefined;
  const value = one.value ?? one.start;
  const [, mark = '', opens, id, closes] = VALUE.exec(text.slice(value, one.end)) ?? [];
  if (id === undefined || (opens === undefined) !== (closes === undefined)) return undefined;
  // Nothing is expanded between apostrophes, and `:` sets a variable only by an expansion.
  if (opens === undefined ? one.kind === 'word' : mark === "'") return undefined;
  const quote = mark === '"' ? 'double' : mark === "'" ? 'single' : 'plain';
  return { start: value + mark.length + (opens ?? '').length, id, quote };
}

/** The Region that the script sets, if it sets only one. */
function regionOf({ text }: Page, parts: readonly ShellPart[]): string | undefined {
  const set = parts.flatMap(({ kind, name, value, end }) => {
    const isRegion = kind === 'assignment' && /^(AWS_)?(DEFAULT_)?REGION$/i.test(name ?? '');
    return isRegion && value !== undefined ? [text.slice(value, end).replace(/^(["'])(.*)\1$/, '$2')] : [];
  });
  return new Set(set).size === 1 ? regionIn(set[0]) : undefined;
}
