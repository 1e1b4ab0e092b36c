/**
 * Measures `bake rotate` over a tree of made-up cluster configs (cluster-configs.mjs), in each round beside the programs
 * that people would use: rotation by --map beside a blind `grep -rl | xargs sed -i`, once more over configs with anchors,
 * and --check of a tree that holds nothing stale beside `grep -rE | wc -l`. A loop of `yq -i` joins where yq is installed.
 * After each rotation an independent script in Python compares every file with the one before: no byte outside of ids
 * may differ. Prints the Markdown table of docs/performance.md.
 *
 *   node scripts/build.mjs && node bench/rotate.mjs [--files N] [--rounds N] [--sample N] [--smoke] [--dist DIR]
 *
 * yq needs 25 ms a file, so it runs over a sample, and its time is scaled. Needs grep, sed, xargs and python3; yq 4 (Go)
 * is looked for in YQ, .cache/go/bin and the path. Exits with 1 where a goal is missed; not with --smoke, because a few
 * hundred files say nothing about speed.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median, timed } from './timed.mjs';
import { clusterConfig, families } from './cluster-configs.mjs';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    sample: { type: 'string', default: '200' },
    smoke: { type: 'boolean', default: false },
    dist: { type: 'string', default: 'dist' },
  },
});
const rounds = values.smoke ? 1 : Number(values.rounds);
const files = values.smoke ? 300 : Number(values.files);
const sample = Math.min(files, values.smoke ? 10 : Number(values.sample));
const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(resolve(root, values.dist), 'bake.js');
if (!existsSync(bin)) throw new Error(`there is no ${bin}: run node scripts/build.mjs`);
const work = mkdtempSync(join(tmpdir(), 'bake-bench-rotate-'));
const maps = families.flatMap(({ was, now }) => ['--map', `${was.id}=${now.id}`]);
const MOST_MEGABYTES = 300;
/** Readers are fast, so each of them runs several times in a round. */
const READS = 3;
// With this variable, Node 20 reads certificates for 37 ms at every start (docs/performance.md, "Start-up").
const env = { ...process.env };
delete env.NODE_EXTRA_CA_CERTS;

/**
 * Each row of the table: one measurement divided by another. `most` is the goal.
 * Rotation over anchors is divided by rotation over the other tree.
 */
const RATIOS = [
  { name: '`rotate --map`, by blind `grep -rl \\| xargs sed -i`', of: 'rotate', by: 'sed', most: 1.2 },
  {
    name: '`rotate --map` over configs with anchors, by the same without',
    of: 'anchors',
    by: 'rotate',
    most: 1.1,
  },
  {
    name: '`rotate --check --map`, nothing stale, by `grep -rE \\| wc -l`',
    of: 'check',
    by: 'grep',
    most: 1.3,
  },
  { name: '`rotate --map`, by a loop of `yq -i`', of: 'rotate', by: 'yq', most: 0.1 },
];

/** Checks without code of bake: undoing each move in the new bytes must give the old bytes. */
const COMPARE = `
import json, os, re, sys
old, new, moves = sys.argv[1:]
back = {b.encode(): a.encode() for a, b in json.load(open(moves))}
stale = set(back.values())
seen = 0
for folder, _, names in os.walk(old):
    there = os.path.join(new, os.path.relpath(folder, old))
    assert sorted(os.listdir(there)) == sorted(os.listdir(folder)), there
    for name in names:
        before = open(os.path.join(folder, name), 'rb').read()
        after = open(os.path.join(there, name), 'rb').read()
        assert re.sub(rb'ami-[0-9a-f]{17}', lambda m: back.get(m.group(), m.group()), after) == before, name
        left = [m for m in re.findall(rb'^[^#\\n]*?(ami-[0-9a-f]{17})', after, re.M) if m in stale]
        assert not left, (name, left)
        assert len(re.findall(rb'^[^#\\n]*?ami-[0-9a-f]{17}', after, re.M)) == 3, name
        seen += 1
print(seen)
`;

/** The usual command. It also changes ids in comments, reads no config, and does not sync its files to the disk. */
const SED = `grep -rlE 'ami-[0-9a-f]{17}' . | xargs sed -i "$@"`;

try {
  process.exitCode = await main();
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function main() {
  const yq = findYq();
  const made = makeTrees();
  const times = Object.fromEntries(
    RATIOS.flatMap(({ of, by }) => [
      [of, []],
      [by, []],
    ]),
  );
  let peak = 0;
  async function bake(tree, ...more) {
    const ran = await timed(process.execPath, [bin, 'rotate', '.', ...more, ...maps, '--quiet'], tree, env);
    peak = Math.max(peak, ran.peak);
    return ran.seconds;
  }
  const shell = async (script, cwd, ...args) =>
    (await timed('bash', ['-c', script, 'bash', ...args], cwd)).seconds;
  const writers = {
    async rotate() {
      const seconds = await bake(fresh('plain'));
      compareTrees('plain');
      return seconds;
    },
    async anchors() {
      const seconds = await bake(fresh('anchors'));
      compareTrees('anchors');
      return seconds;
    },
    sed: () =>
      shell(SED, fresh('plain'), ...families.flatMap(({ was, now }) => ['-e', `s/${was.id}/${now.id}/g`])),
  };
  if (yq) writers.yq = async () => ((await shell(yqLoop(yq), fresh('sample'))) * files) / sample;
  for (let round = 0; round < rounds; round++) {
    for (const name of turned(Object.keys(writers), round)) times[name].push(await writers[name]());
    const rotated = fresh('plain');
    await bake(rotated);
    const readers = {
      check: () => bake(rotated, '--check'),
      grep: () => shell("grep -rE 'ami-[0-9a-f]{8,17}' . | wc -l", rotated),
    };
    for (let read = 0; read < READS; read++) {
      for (const name of turned(Object.keys(readers), round + read)) times[name].push(await readers[name]());
    }
  }
  return report(made, times, peak);
}

function report(made, times, peak) {
  const size = `${files} files, ${(made.bytes / 1e6).toFixed(0)} MB, ${made.references} references`;
  console.log(
    `${size}, median of ${rounds}, ${availableParallelism()} cores, Node ${process.versions.node}\n`,
  );
  console.log('| | bake | the other | ratio | goal |');
  console.log('| --- | ---: | ---: | ---: | ---: |');
  const missed = [];
  for (const { name, of, by, most } of RATIOS) {
    if (times[by].length === 0) continue;
    const [one, other] = [median(times[of]), median(times[by])];
    const ratio = (one / other).toFixed(2);
    console.log(`| ${name} | ${one.toFixed(2)} s | ${other.toFixed(2)} s | ${ratio} | ≤ ${most} |`);
    if (one / other > most) missed.push(`${name}: ${ratio} instead of ${most}`);
  }
  console.log(`\npeak of bake: ${peak} MB (goal ${MOST_MEGABYTES})`);
  console.log(`byte-equal outside of ids: ${files} of ${files} files in each rotation (compared in Python)`);
  if (peak > MOST_MEGABYTES) missed.push(`the peak: ${peak} MB instead of ${MOST_MEGABYTES}`);
  if (values.smoke) return 0;
  for (const one of missed) console.log(`missed: ${one}`);
  return missed.length > 0 ? 1 : 0;
}

/** Makes the trees that runs start from: `plain`, `anchors`, and `sample`, the first files of `plain`. */
function makeTrees() {
  let [bytes, references] = [0, 0];
  for (let number = 0; number < files; number++) {
    const config = clusterConfig(number);
    bytes += config.bytes.length;
    references += config.ids.length;
    write('plain', number, config.bytes);
    write('anchors', number, clusterConfig(number, { anchors: true }).bytes);
    if (number < sample) write('sample', number, config.bytes);
  }
  writeFileSync(join(work, 'moves.json'), JSON.stringify(families.map(({ was, now }) => [was.id, now.id])));
  return { bytes, references };
}

function write(tree, number, bytes) {
  const folder = join(work, 'was', tree, `team-${String(number % 97).padStart(2, '0')}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `cluster-${number}.yaml`), bytes);
}

/** Copies a tree to a folder that a run may change. */
function fresh(tree) {
  const copy = join(work, 'now');
  rmSync(copy, { recursive: true, force: true });
  cpSync(join(work, 'was', tree), copy, { recursive: true });
  // The copy must not be on its way to the disk while a program is measured.
  spawnSync('sync');
  return copy;
}

/** One call for each file, which replaces one id everywhere: less than bake does. */
function yqLoop(yq) {
  const [{ was, now }] = families;
  const expression = `(.. | select(. == "${was.id}")) = "${now.id}"`;
  return `for f in */*.yaml; do "${yq}" -i '${expression}' "$f" || exit 1; done`;
}

function findYq() {
  const candidates = [process.env.YQ, join(root, '.cache/go/bin/yq'), 'yq'].filter(Boolean);
  const found = candidates.find((name) =>
    /mikefarah/.test(spawnSync(name, ['--version'], { encoding: 'utf8' }).stdout ?? ''),
  );
  if (!found) console.log('yq 4 (Go) is not installed: its row is missing\n');
  else console.log(spawnSync(found, ['--version'], { encoding: 'utf8' }).stdout.trim());
  return found;
}

function compareTrees(tree) {
  const args = ['-c', COMPARE, join(work, 'was', tree), join(work, 'now'), join(work, 'moves.json')];
  const { status, stdout, stderr } = spawnSync('python3', args, { encoding: 'utf8' });
  if (status !== 0 || Number(stdout) !== files)
    throw new Error(`not byte-equal outside of ids: ${stdout}${stderr}`);
}

/** The names in another order in each round. */
function turned(names, round) {
  return names.map((_, at) => names[(at + round) % names.length]);
}
