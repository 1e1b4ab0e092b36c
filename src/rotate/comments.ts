/** Owns the words beside an id: the image's name and date, kept by hand, go stale unless they move with the id. */

/** An image as a comment may speak of it. */
export interface CommentedImage {
  id: string;
  name?: string | undefined;
  /** ISO 8601, as EC2 gives it. */
  createdAt?: string | undefined;
}

/**
 * A name made by a bakery: `<prefix>-<os>-<arch>-<parallelcluster>-<12 hex>` (render/names.ts), and the build date that
 * Image Builder demands behind it.
 */
const BAKED =
  /(?<![\w.-])[A-Za-z][\w.-]*-[a-z]+\d+-(?:x86_64|arm64)-\d+\.\d+\.\d+-[0-9a-f]{12}(?: \d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?Z)?(?![\w-]|\.\w)/g;
const DATE =
  /(?<![\w.:-])\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?(?![\w-]|[:.]\d)/g;
/** What may stand between a name and its date, so that the date is surely the image's. */
const BESIDE = /^(?:[^\w]|\b(?:of|from|on|at|built|baked|created|image|ami|since|date)\b)*$/i;

/**
 * The comment behind an id that moves, made true again: the old image's name (or else the one name of a bakery in it)
 * and the old id become the new ones, and an ISO date beside them the new image's. All other words stay. Pure.
 * @param text the comment without its `#`, as it stands in the file (latin1)
 * @returns undefined when it names nothing that could be replaced, or all of it is true already
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

/** The old name where it is written out; else the one name that only a bakery gives. */
function names(text: string, { name }: CommentedImage): Range[] {
  const written = name === undefined ? [] : occurrences(text, name);
  if (written.length > 0)
    return written.map(({ start, end }) => ({ start, end: end + buildDate(text, end) }));
  // Where the old image's family is known, a name of another one is of another image.
  const kind = name === undefined ? undefined : kindOf(name);
  const baked = [...text.matchAll(BAKED)].filter(([one]) => kind === undefined || kindOf(one) === kind);
  // Two images named: nobody knows which of them is meant.
  if (new Set(baked.map(([one]) => one)).size !== 1) return [];
  return baked.map(({ 0: one, index }) => ({ start: index, end: index + one.length }));
}

/** OS, architecture and release in a bakery's name; undefined: it is none. */
function kindOf(name: string): string | undefined {
  return /-([a-z]+\d+-(?:x86_64|arm64)-\d+\.\d+\.\d+)-[0-9a-f]{12}(?: |$)/.exec(name)?.[1];
}

/** Length of the date that Image Builder puts behind a name. */
function buildDate(text: string, at: number): number {
  BUILT.lastIndex = at;
  return BUILT.exec(text)?.[0].length ?? 0;
}

const BUILT = / \d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?Z(?!\w)/y;

/** Places of a word that is no part of a longer one. */
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

/** Dates beside what is replaced; the old image's own day counts wherever it stands. */
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
