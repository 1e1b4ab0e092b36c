/**
 * Measures `bake rotate` on a tree of made-up cluster configs (cluster-configs.mjs): `--map` against a loop of `yq -i` over
 * the same files, and `--check` with nothing stale against `grep -rE | wc -l`, in the same rounds. An independent script in
 * Python then compares every file with the old one: only ids may differ. Prints the Markdown table of docs/performance.md.
 *
 *   node scripts/build.mjs && node bench/rotate.mjs [--files N] [--rounds N] [--sample N] [--smoke] [--dist DIR]
 *
 * yq takes 25 ms a file, so it runs over a sample of the files and its time is scaled. --check and --map are offline.
 * Needs grep, python3, and yq 4 (Go) in YQ, .cache/go/bin or PATH. Exits with 1 when a goal is missed (not with --smoke).
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median, timed } from './timed.mjs';
import { clusterConfig, families } from './cluster-configs.mjs';

const GOALS = { yq: 10, grep: 2, megabytes: 300 };
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

/** Independent of bake: reverts every id in the new bytes, line by line, and expects the old bytes. */
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

try {
  process.exitCode = await main();
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function main() {
  const yq = findYq();
  const made = makeTree();
  const times = { rotate: [], yq: [], check: [], grep: [] };
  const peaks = { rotate: 0, check: 0 };
  for (let round = 0; round < rounds; round++) {
    const tree = fresh('tree');
    const measures = {
      async rotate() {
        const ran = await timed(process.execPath, [bin, 'rotate', '.', ...maps, '--quiet'], tree);
        peaks.rotate = Math.max(peaks.rotate, ran.peak);
        return ran.seconds;
      },
      yq: async () =>
        yq
          ? ((await timed('bash', ['-c', yqLoop(yq), 'loop', fresh('sample')], work)).seconds * files) /
            sample
          : NaN,
    };
    for (const name of turned(Object.keys(measures), round)) times[name].push(await measures[name]());
    compareTrees(tree);
    // After a rotation, nothing is stale.
    const looks = {
      async check() {
        const ran = await timed(process.execPath, [bin, 'rotate', '.', '--check', ...maps, '--quiet'], tree);
        peaks.check = Math.max(peaks.check, ran.peak);
        return ran.seconds;
      },
      grep: async () =>
        (await timed('bash', ['-c', "grep -rE 'ami-[0-9a-f]{8,17}' . | wc -l"], tree)).seconds,
    };
    for (const name of turned(Object.keys(looks), round)) times[name].push(await looks[name]());
  }
  return report(made, times, peaks);
}

function report(made, times, peaks) {
  const [rotate, yq, check, grep] = ['rotate', 'yq', 'check', 'grep'].map((name) => median(times[name]));
  const size = `${files} files, ${(made.bytes / 1e6).toFixed(0)} MB, ${made.references} references`;
  console.log(
    `${size}, median of ${rounds}, ${availableParallelism()} cores, Node ${process.versions.node}\n`,
  );
  console.log('| | bake | the other | ratio | goal | bake, peak MB |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
  const faster = Number.isNaN(yq) ? '–' : `${(yq / rotate).toFixed(1)} × as fast`;
  console.log(
    `| \`rotate --map\`, against a loop of \`yq -i\` (${sample} files, scaled) | ${rotate.toFixed(2)} s | ${Number.isNaN(yq) ? 'no yq' : `${yq.toFixed(1)} s`} | ${faster} | ≥ ${GOALS.yq} | ${peaks.rotate} |`,
  );
  console.log(
    `| \`rotate --check --map\`, nothing stale, against \`grep -rE \\| wc -l\` | ${check.toFixed(3)} s | ${grep.toFixed(3)} s | ${(check / grep).toFixed(2)} × its time | ≤ ${GOALS.grep} | ${peaks.check} |`,
  );
  console.log(
    `\nbyte-equal outside of ids: ${files} of ${files} files, in each round (by a script in Python)`,
  );
  const missed = [];
  if (yq / rotate < GOALS.yq) missed.push(`less than ${GOALS.yq} × the speed of yq -i`);
  if (check / grep > GOALS.grep) missed.push(`--check takes more than ${GOALS.grep} × the time of grep`);
  if (Math.max(peaks.rotate, peaks.check) > GOALS.megabytes) missed.push(`more than ${GOALS.megabytes} MB`);
  // A few files tell nothing about speed.
  if (values.smoke) return 0;
  for (const one of missed) console.log(`missed: ${one}`);
  return missed.length > 0 ? 1 : 0;
}

/** `was` stays unchanged; `sample` holds the first of the same files. */
function makeTree() {
  let [bytes, references] = [0, 0];
  for (let number = 0; number < files; number++) {
    const config = clusterConfig(number);
    bytes += config.bytes.length;
    references += config.ids.length;
    for (const tree of number < sample ? ['was', 'was-sample'] : ['was']) {
      const folder = join(work, tree, `team-${String(number % 97).padStart(2, '0')}`);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `cluster-${number}.yaml`), config.bytes);
    }
  }
  writeFileSync(join(work, 'moves.json'), JSON.stringify(families.map(({ was, now }) => [was.id, now.id])));
  return { bytes, references };
}

function fresh(name) {
  rmSync(join(work, name), { recursive: true, force: true });
  cpSync(join(work, name === 'tree' ? 'was' : 'was-sample'), join(work, name), { recursive: true });
  // The disk must be idle before the next program is measured.
  spawnSync('sync');
  return join(work, name);
}

/** The usual way by hand: one call for each file, which replaces one id everywhere. bake does more than that. */
function yqLoop(yq) {
  const [{ was, now }] = families;
  const expression = `(.. | select(. == "${was.id}")) = "${now.id}"`;
  return `for f in "$1"/*/*.yaml; do "${yq}" -i '${expression}' "$f" || exit 1; done`;
}

function findYq() {
  const known = [process.env.YQ, join(root, '.cache/go/bin/yq'), 'yq'].filter(Boolean);
  const found = known.find((name) =>
    /mikefarah/.test(spawnSync(name, ['--version'], { encoding: 'utf8' }).stdout ?? ''),
  );
  if (!found) console.log('yq 4 (Go) is not here: its rows are missing\n');
  else console.log(spawnSync(found, ['--version'], { encoding: 'utf8' }).stdout.trim());
  return found;
}

function compareTrees(tree) {
  const args = ['-c', COMPARE, join(work, 'was'), tree, join(work, 'moves.json')];
  const { status, stdout, stderr } = spawnSync('python3', args, { encoding: 'utf8' });
  if (status !== 0 || Number(stdout) !== files)
    throw new Error(`not byte-equal outside of ids: ${stdout}${stderr}`);
}

/** The programs take turns in going first. */
function turned(names, round) {
  return names.map((_, at) => names[(at + round) % names.length]);
}
