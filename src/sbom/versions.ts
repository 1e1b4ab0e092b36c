/** Compares versions by the rules of rpm, of dpkg, and of Python. */
import { compareText } from '../util/compare.ts';

/** Negative if a is older than b, 0 if neither is older, positive if a is newer. Never throws. */
export type Compare = (a: string, b: string) => number;

/** `[epoch:]version[-release]`. Source: rpm, lib/rpmvercmp.c and lib/rpmver.c. */
export function compareRpm(a: string, b: string): number {
  const [left, right] = [splitRpm(a), splitRpm(b)];
  return (
    compareDigits(left.epoch, right.epoch) ||
    rpmvercmp(left.version, right.version) ||
    rpmvercmp(left.release, right.release)
  );
}

function splitRpm(text: string): { epoch: string; version: string; release: string } {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(text) ?? [];
  const dash = rest.lastIndexOf('-');
  if (dash === -1) return { epoch, version: rest, release: '' };
  return { epoch, version: rest.slice(0, dash), release: rest.slice(dash + 1) };
}

/** Compares segments of digits or of letters in turn; `~` sorts before the end of a version, `^` after it. */
function rpmvercmp(a: string, b: string): number {
  let [left, right] = [a, b];
  while (left !== '' || right !== '') {
    left = left.replace(/^[^A-Za-z0-9~^]+/, '');
    right = right.replace(/^[^A-Za-z0-9~^]+/, '');
    const mark = ['~', '^'].find((one) => left.startsWith(one) || right.startsWith(one));
    if (mark !== undefined) {
      if (mark === '^' && left === '') return -1;
      if (mark === '^' && right === '') return 1;
      if (!left.startsWith(mark)) return 1;
      if (!right.startsWith(mark)) return -1;
      [left, right] = [left.slice(1), right.slice(1)];
      continue;
    }
    if (left === '' || right === '') break;
    const number = /^\d/.test(left);
    const segment = number ? /^\d*/ : /^[A-Za-z]*/;
    const [one, two] = [segment.exec(left)?.[0] ?? '', segment.exec(right)?.[0] ?? ''];
    // Digits are newer than letters.
    if (two === '') return number ? 1 : -1;
    const order = number ? compareDigits(one, two) : compareText(one, two);
    if (order !== 0) return order;
    [left, right] = [left.slice(one.length), right.slice(two.length)];
  }
  if (left === '' && right === '') return 0;
  return left === '' ? -1 : 1;
}

/** `[epoch:]upstream[-revision]`. Source: Debian policy 5.6.12 and dpkg, lib/dpkg/version.c. */
export function compareDeb(a: string, b: string): number {
  const [left, right] = [splitDeb(a), splitDeb(b)];
  return (
    compareDigits(left.epoch, right.epoch) ||
    verrevcmp(left.upstream, right.upstream) ||
    verrevcmp(left.revision, right.revision)
  );
}

function splitDeb(text: string): { epoch: string; upstream: string; revision: string } {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(text) ?? [];
  const dash = rest.lastIndexOf('-');
  if (dash === -1) return { epoch, upstream: rest, revision: '' };
  return { epoch, upstream: rest.slice(0, dash), revision: rest.slice(dash + 1) };
}

/** Compares non-digits character by character, then digits as a number, and repeats. */
function verrevcmp(a: string, b: string): number {
  let [left, right] = [a, b];
  while (left !== '' || right !== '') {
    const [one, two] = [/^\D*/.exec(left)?.[0] ?? '', /^\D*/.exec(right)?.[0] ?? ''];
    for (let at = 0; at < Math.max(one.length, two.length); at++) {
      const order = weight(one[at]) - weight(two[at]);
      if (order !== 0) return order;
    }
    [left, right] = [left.slice(one.length), right.slice(two.length)];
    const [first, second] = [/^\d*/.exec(left)?.[0] ?? '', /^\d*/.exec(right)?.[0] ?? ''];
    const order = compareDigits(first, second);
    if (order !== 0) return order;
    [left, right] = [left.slice(first.length), right.slice(second.length)];
  }
  return 0;
}

/** Order: `~`, then the end of the version, then letters, then all other characters. */
function weight(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === '~') return -1;
  const code = character.charCodeAt(0);
  return /[A-Za-z]/.test(character) ? code : code + 256;
}

const PYTHON =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(a|b|c|rc|alpha|beta|pre|preview)[-_.]?(\d*))?(?:(-\d+)|[-_.]?(?:post|rev|r)[-_.]?(\d*))?(?:[-_.]?dev[-_.]?(\d*))?(?:\+(.*))?$/i;
const STAGES: Record<string, number> = {
  a: -3,
  alpha: -3,
  b: -2,
  beta: -2,
  c: -1,
  rc: -1,
  pre: -1,
  preview: -1,
};

/** Source: PEP 440. Versions that do not follow PEP 440 are compared like those of rpm. */
export function comparePython(a: string, b: string): number {
  const [left, right] = [pythonKey(a), pythonKey(b)];
  if (!left || !right) return rpmvercmp(a, b);
  for (let at = 0; at < Math.max(left.release.length, right.release.length); at++) {
    const order = compareDigits(left.release[at] ?? '0', right.release[at] ?? '0');
    if (order !== 0) return order;
  }
  for (const [at, value] of left.rest.entries()) {
    const order = value - (right.rest[at] ?? 0);
    if (order !== 0) return order;
  }
  return rpmvercmp(left.local, right.local);
}

function pythonKey(text: string): { release: string[]; rest: number[]; local: string } | undefined {
  const match = PYTHON.exec(text.trim());
  if (!match) return undefined;
  const [, epoch = '0', release = '', stage, nth, dash, post, dev, local = ''] = match;
  const isPost = dash !== undefined || post !== undefined;
  // 1.0.dev1 is before 1.0a1, which is before 1.0, which is before 1.0.post1.
  const early =
    stage === undefined ? (dev !== undefined && !isPost ? -4 : 0) : (STAGES[stage.toLowerCase()] ?? 0);
  return {
    release: [epoch, ...release.split('.')],
    rest: [
      early,
      Number(nth ?? 0),
      isPost ? 1 : 0,
      Number(dash?.slice(1) ?? post ?? 0),
      dev === undefined ? 0 : -1,
      Number(dev ?? 0),
    ],
    local,
  };
}

/** Compares numbers of any length without loss of precision. */
function compareDigits(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return left.length - right.length || compareText(left, right);
}
