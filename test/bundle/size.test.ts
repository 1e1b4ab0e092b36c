/**
 * The size of the bundle, part by part: what every start loads, and what each command loads in addition. A new feature has
 * a row of its own and leaves the first one as it is.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { bakeBin } from '../support/bake.ts';
import { readIndex } from './pack.ts';

/** kB of JavaScript, at most. Lower a figure when its part becomes smaller; raise it with a reason in the commit. */
const LIMITS: Record<string, number> = {
  // What `bake plan --sandbox` loads. 2,090 kB of ES modules and 143 kB of templates before they were one pack. The checks
  // of the boot (templates and tables), commands that are completed in hints, and patience added 12 kB to 2,075; what the
  // operating system can refuse, and longer texts, 6 kB more.
  'start-up': 2110,
  // The sandbox's services, its machines (ssh2) and the ways to get credentials, which modules of the start load when
  // they need them.
  'later, by start-up': 670,
  'asset-worker thread': 72,
  'rotate-worker thread': 250,
  // The sandbox's data, compressed (scripts/build/packed-json.mjs).
  'service models': 95,
  assets: 120,
  completion: 8,
  explain: 5,
  // Help for a terminal narrower than the prebuilt texts, with the engines' words.
  'narrow help': 5,
  iam: 16,
  images: 14,
  'images-diff': 15,
  init: 14,
  promote: 13,
  publish: 13,
  // The calls about leftovers, which a bake with Packer loads, too: start-up no longer does (16 kB less).
  reap: 14,
  rehearse: 20,
  render: 11,
  rollback: 13,
  rotate: 78,
  run: 7,
  sandbox: 7,
  schedule: 25,
  schema: 3,
  template: 120,
  verify: 10,
  'verify-provenance': 9,
};

interface Module {
  /** For modules that others load lazily. */
  source?: string;
  imports: string[];
  lazy: string[];
}

const dist = dirname(bakeBin());
const { modules } = JSON.parse(readFileSync(join(dist, 'meta.json'), 'utf8')) as {
  modules: Record<string, Module>;
};
const packed = readIndex(join(dist, 'modules.pack'));
const [cache = ''] = readdirSync(join(dist, 'code-cache'));
const startUp = new Set(Object.keys(readIndex(join(dist, 'code-cache', cache))));

const parts = measure();

test.each(Object.entries(parts))('%s: %i kB, within its limit', (part, size) => {
  expect(size).toBeLessThanOrEqual(LIMITS[part] ?? 0);
});

test('every limit is that of a part', () => {
  expect(Object.keys(LIMITS).sort()).toEqual(Object.keys(parts).sort());
});

test('every module is in a part', () => {
  const counted = new Set(Object.values(partsOfModules()).flatMap((names) => [...names]));
  // esbuild writes a module for an import in code that it then leaves out.
  const imported = new Set(Object.values(modules).flatMap(({ imports, lazy }) => [...imports, ...lazy]));
  expect(Object.keys(packed).filter((name) => imported.has(name) && !counted.has(name))).toEqual([]);
});

function measure(): Record<string, number> {
  return Object.fromEntries(
    Object.entries(partsOfModules()).map(([part, names]) => [part, Math.ceil(bytesOf(names) / 1000)]),
  );
}

/** Part → its modules. A module that two commands share is in the parts of both. */
function partsOfModules(): Record<string, Set<string>> {
  const names = Object.keys(modules);
  const commands = names.filter((name) => isCommand(name) && !startUp.has(name));
  const starts = names.filter((name) => startUp.has(name) && !isModel(name));
  const later = starts.flatMap((name) => (modules[name]?.lazy ?? []).filter((lazy) => !isCommand(lazy)));
  return {
    'start-up': new Set(['bake.js', 'load.js', ...starts]),
    'later, by start-up': reachable(later),
    'asset-worker thread': reachable(['asset-worker.js'], new Set()),
    'rotate-worker thread': reachable(['rotate-worker.js'], new Set()),
    'narrow help': reachable(names.filter((name) => modules[name]?.source === 'src/cli/help.ts')),
    'service models': new Set(names.filter(isModel)),
    ...Object.fromEntries(commands.map((name) => [commandOf(name), reachable([name])])),
  };
}

/** What these load, at once or later, beside the modules that are loaded already, other commands and models. */
function reachable(from: readonly string[], loaded: ReadonlySet<string> = startUp): Set<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name) || loaded.has(name) || isModel(name)) return;
    if (isCommand(name) && !from.includes(name)) return;
    found.add(name);
    const { imports, lazy } = modules[name] ?? { imports: [], lazy: [] };
    for (const next of [...imports, ...lazy]) visit(next);
  };
  for (const name of from) visit(name);
  return found;
}

function bytesOf(names: ReadonlySet<string>): number {
  return [...names].reduce((sum, name) => sum + (packed[name]?.[1] ?? statSync(join(dist, name)).size), 0);
}

function isModel(name: string): boolean {
  return modules[name]?.source?.startsWith('src/sandbox/models/') ?? false;
}

function isCommand(name: string): boolean {
  return modules[name]?.source?.startsWith('src/cli/commands/') ?? false;
}

function commandOf(name: string): string {
  return basename(modules[name]?.source ?? name, '.ts');
}
