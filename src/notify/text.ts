/** Formats notices as an SNS message and as the body of a GitHub issue. Pure. */
import type { Notice } from './notices.ts';

/** SNS API reference, Publish: at most 100 ASCII characters without line breaks and control characters. */
const SUBJECT_LENGTH = 100;
/** SNS accepts 256 KB, but a message should be short enough to read. */
const MESSAGE_LENGTH = 30_000;

/** The run that the notices are about. */
export interface RunFacts {
  run: string;
  /** The URL of the job in GitHub Actions. */
  url: string | undefined;
}

export function snsMessage(
  notices: readonly Notice[],
  { run, url }: RunFacts,
): { subject: string; message: string } {
  const [first, ...more] = notices;
  const rest = more.length > 0 ? ` (and ${more.length} more)` : '';
  const title = ascii(`bake: ${first?.title ?? 'nothing'}`).slice(0, SUBJECT_LENGTH - rest.length);
  const foot = [`run ${run}`, url].filter((part) => part !== undefined).join('\n');
  const body = grouped(notices)
    .map(({ titles, text }) => [...titles, text].join('\n'))
    .join('\n\n');
  return {
    subject: `${title}${rest}`,
    message: `${cut(body, MESSAGE_LENGTH)}\n\n${foot}\n`,
  };
}

/** Groups notices with the same text (many targets with the same errors), so that the text appears once. */
function grouped(notices: readonly Notice[]): { titles: string[]; text: string }[] {
  const groups = new Map<string, string[]>();
  for (const { title, text } of notices) groups.set(text, [...(groups.get(text) ?? []), title]);
  return [...groups].map(([text, titles]) => ({ text, titles }));
}

function ascii(text: string): string {
  return text
    .replaceAll('·', '-')
    .replace(/\s+/g, ' ')
    .replace(/[^ -~]/g, '?');
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}\n… ${text.length - length} more characters`;
}

// ── the issue ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** The open problems: subject → start and latest text. */
export type OpenProblems = Readonly<Record<string, OpenProblem>>;

export interface OpenProblem {
  title: string;
  /** ISO 8601. */
  since: string;
  text: string;
  run: string;
  url?: string | undefined;
}

const OPEN = '<!-- ami-bakery ';
const CLOSE = ' -->';
/** GitHub accepts 65,536 characters, and the body contains each problem twice. */
const TEXT_LENGTH = 1500;
const MOST = 15;

/** The body: Markdown for people, and the same data for the next run in a hidden comment. */
export function issueBody(troubles: OpenProblems): string {
  const shown = Object.values(troubles).slice(0, MOST);
  const sections = shown.map(({ title, since, text, run, url }) => {
    const where = url === undefined ? `run ${run}` : `[run ${run}](${url})`;
    return `### ${title.replace(/[<>[\]`\n]/g, ' ')}\n\nSince ${since.slice(0, 10)} · ${where}\n\n${fenced(text)}`;
  });
  const more = Object.keys(troubles).length - shown.length;
  const rest = more > 0 ? [`… and ${more} more.`] : [];
  const foot = 'Written by bake, which closes this issue when all problems are fixed.';
  return [...sections, ...rest, foot, `${OPEN}${encode(troubles)}${CLOSE}`].join('\n\n');
}

/** Reads the problems from the body of an issue; none if bake did not write it. */
export function readIssueBody(body: string): OpenProblems {
  const from = body.lastIndexOf(OPEN);
  const to = from === -1 ? -1 : body.indexOf(CLOSE, from);
  if (to === -1) return {};
  try {
    const text = Buffer.from(body.slice(from + OPEN.length, to), 'base64').toString('utf8');
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
    return Object.fromEntries(
      Object.entries(value).filter((entry): entry is [string, OpenProblem] => isTrouble(entry[1])),
    );
  } catch {
    return {};
  }
}

function isTrouble(value: unknown): value is OpenProblem {
  if (typeof value !== 'object' || value === null) return false;
  const { title, since, text, run, url } = value as Record<string, unknown>;
  const texts = [title, since, text, run].every((part) => typeof part === 'string');
  return texts && (url === undefined || typeof url === 'string');
}

/** Base64, because the text of an error could contain the end of the comment. */
function encode(troubles: OpenProblems): string {
  const shown = Object.entries(troubles).slice(0, MOST);
  return Buffer.from(JSON.stringify(Object.fromEntries(shown))).toString('base64');
}

function fenced(text: string): string {
  if (text === '') return '';
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

/**
 * The open problems after a run.
 * @param checked subjects that the run has checked; those without a notice are fixed
 */
export function nextProblems(
  before: OpenProblems,
  {
    notices,
    checked,
    at,
    run,
    url,
  }: {
    notices: readonly Notice[];
    checked: readonly string[];
    at: string;
    run: string;
    url: string | undefined;
  },
): OpenProblems {
  const wrong = notices.filter(({ occasion }) => occasion !== 'published');
  const kept = Object.entries(before).filter(([about]) => !checked.includes(about));
  const now = wrong.map(({ about, title, text }): [string, OpenProblem] => [
    about,
    {
      title,
      text: cut(text, TEXT_LENGTH),
      since: before[about]?.since ?? at,
      run,
      ...(url === undefined ? {} : { url }),
    },
  ]);
  return Object.fromEntries([...kept, ...now]);
}
