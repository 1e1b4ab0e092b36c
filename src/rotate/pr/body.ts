/**
 * Writes the text of a rotation's pull request. Pure and without the time of day: the same rotation gives the same
 * text, so a second run changes nothing.
 */
import type { RotatedEntry, UnresolvedEntry } from '../../entries/result.ts';
import { count } from '../../util/count.ts';

/** An image as the pull request shows it; unknown facts are omitted. */
export interface ReviewedImage {
  id: string;
  name?: string | undefined;
  /** ISO 8601. */
  createdAt?: string | undefined;
  /** `41 passed, 0 failed, 3 skipped` */
  verified?: string | undefined;
}

/** One image that replaces another. */
export interface ImageMove {
  region: string;
  from: ReviewedImage;
  to: ReviewedImage;
  /** Markdown that lists the differences inside the images, or says why they are not known. */
  difference: string;
  /** The command line that rolls the channel back to the old image. */
  rollback?: string | undefined;
}

/** What update-cluster does with a change. */
export interface Impact {
  file: string;
  line: number;
  path: string;
  text: string;
}

export interface RotationStory {
  /** The source of the new ids: `channel stable`, or the command line. */
  source: string;
  moves: readonly ImageMove[];
  rotated: readonly RotatedEntry[];
  unresolved: readonly UnresolvedEntry[];
  impacts: readonly Impact[];
}

/** GitHub documentation: a body holds 65,536 characters. */
const LONGEST = 65_000;
const ROWS = 300;

export function pullRequestTitle({ moves, rotated }: RotationStory): string {
  const files = new Set(rotated.map(({ file }) => file)).size;
  const [only] = moves;
  const what = moves.length === 1 && only ? (only.to.name ?? only.to.id) : count(moves.length, 'image');
  return `Rotate AMI references to ${what} in ${count(files, 'file')}`;
}

/** Returns Markdown. */
export function pullRequestBody(story: RotationStory): string {
  const whole = [
    `AMI references follow ${story.source}.`,
    images(story.moves),
    ...story.moves.map(difference),
    references(story),
    left(story.unresolved),
    rollbacks(story.moves),
    'Only AMI ids change, and the names and dates that comments give for them. Written by `bake rotate --pr`.',
  ].filter((part) => part !== '');
  const text = whole.join('\n\n');
  if (text.length <= LONGEST) return `${text}\n`;
  return `${text.slice(0, LONGEST)}\n\n… cut here: GitHub takes no more. \`bake rotate --diff\` and \`bake images diff\` show all of it.\n`;
}

/** Writes a commit's message: the subject, and the moves. */
export function commitMessage(rotated: readonly RotatedEntry[]): string {
  const files = [...new Set(rotated.map(({ file }) => file))];
  const moves = [...new Set(rotated.map(({ from, to }) => `${from} -> ${to ?? '?'}`))];
  const where = files.length === 1 ? files[0] : count(files.length, 'file');
  return [`Rotate AMI references in ${where}`, '', ...moves].join('\n');
}

function images(moves: readonly ImageMove[]): string {
  const rows = moves.map(({ region, from, to }) => [
    region,
    pictured(from),
    pictured(to),
    apart(from.createdAt, to.createdAt),
    to.verified ?? 'not known',
  ]);
  return table(['Region', 'Old image', 'New image', 'Newer by', 'Verify list of the new one'], rows);
}

function pictured({ id, name, createdAt }: ReviewedImage): string {
  return [
    code(id),
    ...(name === undefined ? [] : [code(name)]),
    ...(createdAt ? [createdAt.slice(0, 10)] : []),
  ].join('<br>');
}

function apart(from: string | undefined, to: string | undefined): string {
  if (from === undefined || to === undefined) return 'not known';
  const days = Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
  return Number.isFinite(days) ? count(days, 'day') : 'not known';
}

function difference({ region, from, to, difference: text }: ImageMove): string {
  const title = `What differs: ${code(from.id)} → ${code(to.id)} (${region})`;
  return text.includes('\n')
    ? `<details><summary>${title.replaceAll('`', '')}</summary>\n\n${text.trim()}\n\n</details>`
    : `${title}: ${text}`;
}

function references({ rotated, impacts }: RotationStory): string {
  const key = ({ file, line, path }: { file: string; line: number; path: string }): string =>
    `${file}\0${line}\0${path}`;
  const impact = new Map(impacts.map((one) => [key(one), one.text]));
  const rows = rotated
    .slice(0, ROWS)
    .map((entry) => [
      code(`${entry.file}:${entry.line}`),
      code(entry.path),
      code(entry.from),
      code(entry.to ?? '?'),
      impact.get(key(entry)) ?? '',
    ]);
  const more = rotated.length > ROWS ? `\n\n… and ${rotated.length - ROWS} more` : '';
  return table(['Where', 'Path', 'From', 'To', 'What update-cluster does'], rows) + more;
}

function left(unresolved: readonly UnresolvedEntry[]): string {
  if (unresolved.length === 0) return '';
  const lines = unresolved
    .slice(0, ROWS)
    .map(({ file, line, found, reason }) => `- ${code(`${file}:${line}`)} ${code(found)}: ${plain(reason)}`);
  const more = unresolved.length > ROWS ? [`- … and ${unresolved.length - ROWS} more`] : [];
  return ['Left as they are:', '', ...lines, ...more].join('\n');
}

function rollbacks(moves: readonly ImageMove[]): string {
  const lines = [...new Set(moves.flatMap(({ rollback }) => rollback ?? []))];
  if (lines.length === 0) return '';
  return ['To go back, after reverting this:', '', '```', ...lines, '```'].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => plain(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** Makes one line without markup, because file names and comments can contain anything. */
function plain(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}

function code(text: string): string {
  const inner = text.replace(/[\r\n]+/g, ' ');
  return inner.includes('`') ? `\`\` ${inner} \`\`` : `\`${inner}\``;
}
