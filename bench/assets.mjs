/**
 * Measures `bake assets fetch`: 2,000 files of mixed size (1 KiB to 11 MiB, log-uniform) from an nginx on loopback, over
 * HTTP and HTTPS, against `aria2c -j16 -x1` (which verifies nothing) and `curl --parallel` followed by sha256sum on both
 * cores, in the same rounds; then a second run, and a full verification against `xargs -P2 sha256sum`. Prints the
 * Markdown table of docs/performance.md.
 *
 *   node scripts/build.mjs && node bench/assets.mjs [--rounds N] [--files N] [--smoke] [--dist DIR]
 *
 * Needs nginx, aria2c, curl, openssl. Exits with 1 where a goal is missed (not with --smoke).
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median, timed } from './timed.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    files: { type: 'string', default: '2000' },
    smoke: { type: 'boolean', default: false },
    dist: { type: 'string', default: 'dist' },
  },
});
const rounds = values.smoke ? 1 : Number(values.rounds);
const files = values.smoke ? 100 : Number(values.files);
const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(resolve(root, values.dist), 'bake.js');
const work = mkdtempSync(join(tmpdir(), 'bake-bench-assets-'));
const www = join(work, 'www', 'assets.example');

try {
  process.exitCode = await main();
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function main() {
  const list = makeFiles();
  const server = await startNginx();
  try {
    const missed = [];
    const bytes = list.reduce((sum, { size }) => sum + size, 0);
    console.log(
      `${list.length} files, ${(bytes / 2 ** 30).toFixed(2)} GiB, median of ${rounds}, ${availableParallelism()} cores, Node ${process.versions.node}\n`,
    );
    console.log(
      '| source | bake | aria2c -j16 -x1 | curl, then sha256sum | bake ÷ aria2c | bake ÷ curl | peak MB |',
    );
    console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |');
    for (const [name, base] of Object.entries(server.bases)) {
      const row = await compare(name, base, list);
      console.log(
        `| ${name} | ${row.bake.toFixed(2)} s | ${row.aria.toFixed(2)} s | ${row.curl.toFixed(2)} s | ${(row.bake / row.aria).toFixed(2)} | ${(row.bake / row.curl).toFixed(2)} | ${row.peak} |`,
      );
      if (row.bake > 0.9 * row.aria) missed.push(`${name}: more than 0.9 × aria2c`);
      if (row.bake > 1.0 * row.curl) missed.push(`${name}: more than 1.0 × curl and sha256sum`);
      if (row.peak > 150) missed.push(`${name}: more than 150 MB`);
    }
    const again = await secondRuns(list);
    console.log(
      `\nsecond run ${again.second.toFixed(2)} s · all read again ${again.full.toFixed(2)} s · xargs -P2 sha256sum ${again.xargs.toFixed(2)} s (${(again.xargs / again.full).toFixed(2)} × its rate)`,
    );
    if (again.second > 1.5) missed.push('second run: more than 1.5 s');
    if (again.xargs / again.full < 1.5)
      missed.push('read again: less than 1.5 × the rate of xargs -P2 sha256sum');
    for (const one of missed) console.log(`missed: ${one}`);
    return missed.length > 0 && !values.smoke ? 1 : 0;
  } finally {
    server.stop();
  }
}

/** Sizes spread evenly over the logarithm; contents that neither compress nor repeat. */
function makeFiles() {
  // Started by root, nginx's workers run as another user.
  chmodSync(work, 0o755);
  mkdirSync(www, { recursive: true });
  const block = Buffer.alloc(11 * 1024 * 1024);
  randomFillSync(block);
  const list = Array.from({ length: files }, (_, at) => {
    const name = `f${String(at).padStart(5, '0')}`;
    const size = Math.floor(1024 * Math.exp(((at + 0.5) / files) * Math.log(11 * 1024)));
    block.writeUInt32LE(at, 0);
    const bytes = block.subarray(0, size);
    writeFileSync(join(www, name), bytes);
    return { name, size, sha256: createHash('sha256').update(bytes).digest('hex') };
  });
  writeFileSync(join(work, 'sums'), list.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(''));
  return list;
}

async function startNginx() {
  const [http, https] = [await freePort(), await freePort()];
  must('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-keyout',
    join(work, 'key.pem'),
    '-out',
    join(work, 'ca.pem'),
  ]);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${work}/t;`)
    .join(' ');
  writeFileSync(
    join(work, 'nginx.conf'),
    `worker_processes ${availableParallelism()}; daemon off; pid ${work}/pid; error_log ${work}/log;
events { worker_connections 512; }
http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000; ${temporary}
  server { listen 127.0.0.1:${http}; root ${work}/www; }
  server { listen 127.0.0.1:${https} ssl; ssl_certificate ${work}/ca.pem; ssl_certificate_key ${work}/key.pem; root ${work}/www; } }
`,
  );
  const child = spawn('nginx', ['-c', join(work, 'nginx.conf')], { stdio: 'ignore' });
  for (let tries = 0; tries < 50; tries++) {
    if (
      spawnSync('curl', ['-fsS', '-o', '/dev/null', `http://127.0.0.1:${http}/assets.example/f00000`])
        .status === 0
    )
      break;
    await new Promise((done) => setTimeout(done, 100));
  }
  return {
    bases: { HTTP: `http://127.0.0.1:${http}`, HTTPS: `https://127.0.0.1:${https}` },
    stop: () => child.kill('SIGTERM'),
  };
}

async function compare(name, base, list) {
  const project = makeProject(name, base, list);
  const urls = join(work, `${name}.urls`);
  writeFileSync(urls, list.map((file) => `${base}/assets.example/${file.name}\n`).join(''));
  const config = join(work, `${name}.curl`);
  writeFileSync(
    config,
    list.map((file) => `url = "${base}/assets.example/${file.name}"\noutput = "${file.name}"\n`).join(''),
  );
  const ca = join(work, 'ca.pem');
  const times = { bake: [], aria: [], curl: [], peak: [] };
  for (let round = 0; round < rounds; round++) {
    const programs = {
      bake: async () => {
        rmSync(join(project, '.bakery'), { recursive: true, force: true });
        const ran = await measured(process.execPath, [bin, 'assets', 'fetch', '--quiet'], project);
        times.peak.push(ran.peak);
        return ran.seconds;
      },
      aria: async () =>
        (
          await measured(
            'aria2c',
            ['-q', '-j16', '-x1', `--ca-certificate=${ca}`, '-i', urls, '-d', fresh('aria')],
            work,
          )
        ).seconds,
      curl: async () => {
        const out = fresh('curl');
        const got = await measured(
          'curl',
          [
            '-sS',
            '--fail',
            '--no-progress-meter',
            '--cacert',
            ca,
            '--parallel',
            '--parallel-max',
            '16',
            '-K',
            config,
          ],
          out,
        );
        // Both cores: the two halves of the list in parallel.
        const script =
          'split -n l/2 "$1" part. && for p in part.*; do sha256sum --quiet -c "$p" & pids+=($!); done; for p in "${pids[@]}"; do wait "$p" || exit 1; done';
        const checked = await measured('bash', ['-c', script, 'check', join(work, 'sums')], out);
        return got.seconds + checked.seconds;
      },
    };
    // The order rotates, so that no program always has the cold caches.
    const order = Object.keys(programs);
    for (let at = 0; at < order.length; at++) {
      const program = order[(at + round) % order.length];
      times[program].push(await programs[program]());
      spawnSync('sync');
    }
  }
  return {
    bake: median(times.bake),
    aria: median(times.aria),
    curl: median(times.curl),
    peak: Math.max(...times.peak),
  };
}

/** Runs on the files that the HTTPS rounds left. */
async function secondRuns(list) {
  const project = join(work, 'project-HTTPS');
  const names = list
    .map(({ sha256 }) => join(project, '.bakery/assets/sha256', sha256.slice(0, 2), sha256))
    .join('\n');
  writeFileSync(join(work, 'names'), names);
  const times = { second: [], full: [], xargs: [] };
  for (let round = 0; round < rounds; round++) {
    times.second.push(
      (await measured(process.execPath, [bin, 'assets', 'fetch', '--quiet'], project)).seconds,
    );
    times.full.push(
      (await measured(process.execPath, [bin, 'assets', 'fetch', '--full', '--quiet'], project)).seconds,
    );
    times.xargs.push(
      (
        await measured(
          'bash',
          ['-c', 'xargs -P2 -n 50 sha256sum < "$1" > /dev/null', 'x', join(work, 'names')],
          work,
        )
      ).seconds,
    );
  }
  return { second: median(times.second), full: median(times.full), xargs: median(times.xargs) };
}

function makeProject(name, base, list) {
  const project = join(work, `project-${name}`);
  mkdirSync(project, { recursive: true });
  const assets = list.map(({ name: file, size, sha256 }) => {
    const url = `https://assets.example/${file}`;
    return { name: file, kind: 'url', asked: `url ${url}`, url, size, sha256, digestFrom: 'download' };
  });
  writeFileSync(join(project, 'assets.lock'), `${JSON.stringify({ version: 1, assets }, null, 2)}\n`);
  const entries = assets.map(({ name: file, url }) => `  - { name: ${file}, url: "${url}" }\n`).join('');
  writeFileSync(
    join(project, 'assets.yaml'),
    `version: 1\norigin: false\nsources: ["${base}"]\nassets:\n${entries}`,
  );
  return project;
}

function fresh(name) {
  const folder = join(work, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  return folder;
}

/** Measures with the CA of the local servers. */
function measured(program, args, cwd) {
  const env = { ...process.env, AWS_CA_BUNDLE: '', NODE_EXTRA_CA_CERTS: join(work, 'ca.pem') };
  return timed(program, args, cwd, env);
}

function must(program, args) {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
}

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
