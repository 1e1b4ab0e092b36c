/**
 * The file of an approved plan, as `terraform plan -out` has one: who made it for what, every write, and every stage's
 * plan. It holds each long text once, by digest. It never holds a secret or an absolute path: what it leaves out is read
 * again where it is applied, and compared by digest.
 */
import { BakeError } from '../errors/bake-error.ts';
import { sha256 } from '../util/sha256.ts';
import { isRecord } from '../util/is-record.ts';
import type { Json } from './plain.ts';
import type { StagePlan } from './run-stage.ts';
import { differenceOf, differenceText, notAgreed, type PlannedWrite } from './writes.ts';

export const PLAN_FORMAT = 1;

/** Texts and values of at least this many characters of JSON are stored once, by digest. */
const LARGE = 160;

/** Hexadecimal digits of a part's digest: enough that no two parts of a plan share a key. */
const KEY_DIGITS = 20;

/** What must be the same where the plan is applied. */
export interface PlanOrigin {
  /** Version of bake. */
  bake: string;
  command: string;
  /** Account id; empty where the plan needs no AWS. */
  account: string;
  regions: readonly string[];
  /** The refresh period, such as `2026-12`. */
  period: string;
}

export interface PlanContent extends PlanOrigin {
  /** The options and arguments that shaped the plan. */
  request: { options: Readonly<Record<string, Json>>; args: readonly string[] };
  writes: readonly PlannedWrite[];
  plans: readonly StagePlan[];
}

/** The values of this machine and its environment that must not get into the file. */
export interface PlanPrivacy {
  /** Absolute; paths below them become relative. */
  folders: readonly string[];
  /** Values from the environment, by the variable's name. */
  fromEnvironment: ReadonlyMap<string, string>;
  /** Digests of texts that are the user's own: the file holds the digest alone. */
  userTexts: ReadonlySet<string>;
}

/** The text of the file, a line for each stage's plan and each part. Equal plans give equal texts. */
export function planFileText(content: PlanContent, privacy: PlanPrivacy): string {
  const clean = cleaner(privacy);
  const parts = new Map<string, string>();
  const { plans, ...rest } = content;
  const head = JSON.stringify({ format: PLAN_FORMAT, ...mapStrings(rest, clean.short) }, null, 1);
  const lines = plans.map((plan) => JSON.stringify(fold(plan, parts, clean, privacy.userTexts)));
  const table = [...parts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, part]) => `"${key}":${part}`);
  return `${head.slice(0, -2)},\n "plans": [\n${lines.join(',\n')}\n ],\n "parts": {\n${table.join(',\n')}\n }\n}\n`;
}

/**
 * A copy in which `{"part": KEY}` replaces each large part, which the table contains once: targets share most scripts,
 * and a target's stages share its image. A part that must stay private is null there; its key is its digest all the same.
 */
function fold(
  value: unknown,
  parts: Map<string, string>,
  clean: Cleaner,
  userTexts: ReadonlySet<string>,
): unknown {
  if (typeof value === 'string') {
    if (value.length < LARGE) return clean.short(value);
    const isPrivate = userTexts.has(sha256(value)) || clean.isSecret(value);
    return partOf(value, isPrivate ? 'null' : JSON.stringify(clean.short(value)), parts);
  }
  if (Array.isArray(value)) {
    return large(
      value.map((item) => fold(item, parts, clean, userTexts)),
      parts,
    );
  }
  if (!isRecord(value)) return value;
  const entries = entriesOf(value).map(([key, item]) => [key, fold(item, parts, clean, userTexts)]);
  return large(Object.fromEntries(entries) as object, parts);
}

function large(value: object, parts: Map<string, string>): unknown {
  const json = JSON.stringify(value);
  return json.length < LARGE ? value : partOf(json, json, parts);
}

function partOf(content: string, json: string, parts: Map<string, string>): { part: string } {
  const part = sha256(content).slice(0, KEY_DIGITS);
  parts.set(part, json);
  return { part };
}

/** The writes of a plan as its file has them: without secrets and absolute paths. */
export function writesForFile(writes: readonly PlannedWrite[], privacy: PlanPrivacy): PlannedWrite[] {
  return mapStrings(writes, cleaner(privacy).short) as PlannedWrite[];
}

/**
 * @param here where the plan is to be applied
 * @throws BakeError PLAN_FOREIGN for another bake, command, account, Region or refresh period
 */
export function checkOrigin(file: string, made: PlanOrigin, here: PlanOrigin): void {
  const facts: readonly [what: string, of: (origin: PlanOrigin) => string][] = [
    ['bake', ({ bake }) => bake],
    ['the command', ({ command }) => `bake ${command}`],
    ['account', ({ account }) => account || 'none'],
    ['Region', ({ regions }) => [...regions].sort().join(', ') || 'none'],
    ['the refresh period', ({ period }) => period],
  ];
  for (const [what, of] of facts) {
    const [expected, found] = [of(made), of(here)];
    if (expected !== found) throw new BakeError('PLAN_FOREIGN', { file, what, expected, found });
  }
}

/**
 * @param resumes whether the newest plan is the rest of a killed run: it may lack writes that are done, and values that
 *   the run has made stand where the file has new(…)
 * @throws BakeError PLAN_STALE where the newest plan writes something else than the file's
 */
export function checkWrites(
  file: string,
  approved: readonly PlannedWrite[],
  newest: readonly PlannedWrite[],
  resumes = false,
): void {
  if (resumes && notAgreed(approved, newest).length === 0) return;
  const difference = differenceOf(approved, newest);
  if (difference) throw new BakeError('PLAN_STALE', { file, differences: differenceText(difference) });
}

/** Characters. */
const SHORT_VALUE = 4;

interface Cleaner {
  short: (text: string) => string;
  /** Whether a value from the environment is in the text, as it is or encoded. */
  isSecret: (text: string) => boolean;
}

function cleaner({ folders, fromEnvironment }: PlanPrivacy): Cleaner {
  const values = [...fromEnvironment].filter(([, value]) => value.length > 0);
  // The longest first: one value may be a part of another.
  values.sort(([, a], [, b]) => b.length - a.length);
  // The deepest first: one folder may be inside another.
  const roots = [...folders]
    .sort((a, b) => b.length - a.length)
    .map((folder) => new RegExp(`${escape(folder)}(/|$)`, 'g'));
  return {
    short(text) {
      let clean = roots.reduce((rest, root) => rest.replaceAll(root, ''), text);
      for (const [name, value] of values) {
        // A very short value would stand in every other word: it counts as the whole text only.
        if (value.length < SHORT_VALUE && clean !== value) continue;
        clean = clean.replaceAll(value, `\${env:${name} sha256:${sha256(value).slice(0, 16)}}`);
      }
      return clean;
    },
    isSecret: (text) => values.some(([, value]) => encodings(value).some((form) => text.includes(form))),
  };
}

/** A value as scripts may carry it: as it is, URL-encoded, or in base64 at each of its three offsets. */
function encodings(value: string): string[] {
  const base64 = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]).toString('base64');
    // The first and last groups of three bytes depend on the bytes around the value.
    const inner = text.slice(offset === 0 ? 0 : 4, -4);
    return inner.length >= 8 ? [inner] : [];
  });
  return [value, encodeURIComponent(value), ...base64];
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

/** A copy with every string mapped. */
function mapStrings(value: unknown, map: (text: string) => string): object {
  const copy = (one: unknown): unknown => {
    if (typeof one === 'string') return map(one);
    if (Array.isArray(one)) return one.map(copy);
    return isRecord(one) ? Object.fromEntries(entriesOf(one).map(([key, item]) => [key, copy(item)])) : one;
  };
  return copy(value) as object;
}

/** A plan file names the files that a step needs by digest, not by their paths on this machine. */
function entriesOf(value: Record<string, unknown>): [string, unknown][] {
  return Object.entries(value).filter(([key]) => !(key === 'source' && 'sha256' in value));
}
