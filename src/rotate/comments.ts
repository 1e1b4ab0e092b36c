/**
 * Updates the words of a comment beside an id. People write the image's name and date there, which are wrong after the
 * id moves.
 */

/** The facts of an image that a comment can contain. */
export interface CommentedImage {
  id: string;
  name?: string | undefined;
  /** ISO 8601, as EC2 returns it. */
  createdAt?: string | undefined;
}

/**
 * A name that a bakery makes: `<prefix>-<os>-<arch>-<parallelcluster>-<12 hex>` (render/names.ts), and after it the
 * build date that Image Builder requires.
 */
const BAKED =
  /(?<![\w.-])[A-Za-z][\w.-]*-[a-z]+\d+-(?:x86_64|arm64)-\d+\.\d+\.\d+-[0-9a-f]{12}(?: \d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?Z)?(?![\w-]|\.\w)/g;
const DATE =
  /(?<![\w.:-])\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?(?![\w-]|[:.]\d)/g;
/** The text that is allowed between a name and a date that belongs to it. */
const BESIDE = /^(?:[^\w]|\b(?:of|from|on|at|built|baked|created|image|ami|since|date)\b)*$/i;

/**
 * Updates the comment after an id that moves. The old image's name (or the only bakery name in the comment) and the old
 * id are replaced, and so is an ISO date beside them. All other words stay. Pure.
 * @param text the comment without its `#`, as latin1
 * @returns undefined if there is nothing to replace
 */
export function freshComment(text: string, was: CommentedImage, now: CommentedImage): string | undefined {
  const swaps: Swap[] = [
    ...occurrences(text, was.id).map((swap) => ({ ...swap, to: now.id })),
    ...names(text, was).flatMap((swap) => (now.name === undefined ? [] : [{ ...swap, to: now.name }])),
  ].sort((a, b) => a.start - b.start);
  const { createdAt } = now;
  if (createdAt !== undefined) swaps.push(...dates(text, swaps, { was, createdAt }));
  const fresh = replaced(text, swaps);
  return fresh === text ? undefined : fresh;
}

interface Range {
  start: number;
  end: number;
}

interface Swap extends Range {
  to: string;
}

/** Finds the old name, or the only name that a bakery makes. */
function names(text: string, { name }: CommentedImage): Range[] {
  const written = name === undefined ? [] : occurrences(text, name);
  if (written.length > 0)
    return written.map(({ start, end }) => ({ start, end: end + buildDate(text, end) }));
  // If the old image's family is known, a name of another family belongs to another image.
  const kind = name === undefined ? undefined : kindOf(name);
  const baked = [...text.matchAll(BAKED)].filter(([one]) => kind === undefined || kindOf(one) === kind);
  // With two names, it is not known which of them is meant.
  if (new Set(baked.map(([one]) => one)).size !== 1) return [];
  return baked.map(({ 0: one, index }) => ({ start: index, end: index + one.length }));
}

/** The OS, architecture and release in a bakery's name; undefined for another name. */
function kindOf(name: string): string | undefined {
  return /-([a-z]+\d+-(?:x86_64|arm64)-\d+\.\d+\.\d+)-[0-9a-f]{12}(?: |$)/.exec(name)?.[1];
}

/** The length of the date that Image Builder adds to a name. */
function buildDate(text: string, at: number): number {
  BUILT.lastIndex = at;
  return BUILT.exec(text)?.[0].length ?? 0;
}

const BUILT = / \d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?Z(?!\w)/y;

/** Finds a word where it is not part of a longer one. */
function occurrences(text: string, word: string): Range[] {
  const found: Range[] = [];
  if (word === '') return found;
  for (let start = text.indexOf(word); start >= 0; start = text.indexOf(word, start + word.length)) {
    const end = start + word.length;
    const around = `${text[start - 1] ?? ' '}${text[end] ?? ' '}`;
    if (!/[\w-]/.test(around)) found.push({ start, end });
  }
  return found;
}

/** Finds dates beside the replaced words. The old image's own date counts anywhere in the comment. */
function dates(
  text: string,
  swaps: readonly Swap[],
  { was, createdAt }: { was: CommentedImage; createdAt: string },
): Swap[] {
  const day = was.createdAt?.slice(0, 10);
  return [...text.matchAll(DATE)].flatMap(({ 0: date, index }) => {
    const range = { start: index, end: index + date.length };
    if (swaps.some((swap) => range.start < swap.end && swap.start < range.end)) return [];
    const isBeside = swaps.some((swap) => BESIDE.test(between(text, swap, range)));
    const isOld = swaps.length > 0 && date.slice(0, 10) === day;
    if (!isBeside && !isOld) return [];
    return [{ ...range, to: date.length > 10 ? createdAt : createdAt.slice(0, 10) }];
  });
}

function between(text: string, a: Range, b: Range): string {
  return a.end <= b.start ? text.slice(a.end, b.start) : text.slice(b.end, a.start);
}

function replaced(text: string, swaps: readonly Swap[]): string {
  let fresh = '';
  let at = 0;
  for (const { start, end, to } of swaps.toSorted((a, b) => a.start - b.start)) {
    if (start < at) continue;
    fresh += text.slice(at, start) + to;
    at = end;
  }
  return fresh + text.slice(at);
}
