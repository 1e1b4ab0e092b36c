/** Kills fetches in the middle: no file under a final name is corrupt, and no byte on disk is fetched again. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sha256 } from '../../src/util/sha256.ts';
import { bakeBin } from '../support/bake.ts';
import { fakeGitHub, release, type FakeGitHub } from './support/github.ts';
import { filesBelow, placeFor } from './support/place.ts';

let github: FakeGitHub;
const files = new Map(
  Array.from({ length: 12 }, (_, at) => [`f${at}`, randomBytes(1024 * 1024 + at * 300_000)]),
);

beforeAll(async () => {
  github = await fakeGitHub();
});
afterAll(() => github.close());

it('fetches every byte once, although fetches were killed at any time', async () => {
  const place = placeFor(github);
  for (const [name, bytes] of files) release(github, 'acme/many', 'v1', name, bytes);
  place.write(
    `assets:\n${[...files.keys()].map((name) => `  - { name: ${name}, release: { repo: acme/many, tag: v1, file: ${name} } }\n`).join('')}`,
  );
  await place.lock();
  let kills = 0;
  for (let tries = 0; tries < 12; tries++) {
    // The server cuts bodies off and the test kills the fetch, which leaves parts of every length.
    for (const name of files.keys()) {
      github.mishaps.set(`/acme/many/v1/${name}`, [{ do: 'reset', after: 250_000 }, { do: 'hang' }]);
    }
    const child = spawn(process.execPath, [bakeBin(), 'assets', 'fetch', '--quiet'], {
      cwd: place.folder,
      env: { PATH: process.env['PATH'], ...place.env },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    const progressed = sum();
    const timer = setInterval(() => {
      if (sum() > progressed + 1_500_000) child.kill('SIGKILL');
    }, 5);
    const late = setTimeout(() => child.kill('SIGKILL'), 4000);
    await ended;
    clearInterval(timer);
    clearTimeout(late);
    kills += 1;
    for (const file of filesBelow(place.store).filter((one) => one.startsWith('sha256/'))) {
      expect(sha256(fs.readFileSync(place.at(file)))).toBe(file.slice(-64));
    }
    if (tries === 2) break;
  }
  expect(kills).toBe(3);
  github.mishaps.clear();
  const onDisk = partBytes(place.store);
  const before = sum();
  const total = [...files.values()].reduce((all, { length }) => all + length, 0);
  const summary = await place.fetch();
  // In this last run, the server sent exactly the missing bytes.
  expect(sum() - before).toBe(total - onDisk);
  expect(summary.resumed + summary.fetched.bytes + summary.reused.bytes + summary.verified.bytes).toBe(total);
  expect((await place.verify()).findings).toEqual([]);
}, 60_000);

function sum(): number {
  return [...github.sent.values()].reduce((all, bytes) => all + bytes, 0);
}

function partBytes(store: string): number {
  return filesBelow(store)
    .filter((file) => /^(partial|sha256\/..)\/[0-9a-f]{64}$/.test(file))
    .reduce((all, file) => all + fs.statSync(`${store}/${file}`).size, 0);
}
