/** Tests that we order versions as rpm and dpkg themselves do. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareDeb, compareRpm } from '../../src/sbom/versions.ts';

const PAIRS = 1000;

function missing(program: string): boolean {
  const absent = spawnSync(program, ['--version']).error !== undefined;
  if (absent && process.env['CI'] === 'true') throw new Error(`${program} is not installed`);
  return absent;
}

const part = fc.constantFrom('0', '1', '2', '01', '10', '99', 'a', 'b', 'Z', 'rc', '~', '~', '+', '.', '.');
const plain = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => `1${parts.join('')}`);
const epoch = fc.constantFrom('', '', '', '0:', '1:');
const revision = fc.option(plain, { nil: undefined });

function pairsOf(version: fc.Arbitrary<string>): [string, string][] {
  // Random versions are seldom equal, but zeros and separators matter in equal ones.
  const same = version.map((one): [string, string] => [one, one.replace('1', '01')]);
  return fc.sample(fc.oneof(fc.tuple(version, version), same), { numRuns: PAIRS, seed: 20_261_121 });
}

describe('rpm', () => {
  test.skipIf(missing('rpm'))('orders the same', () => {
    const rpmPlain = fc
      .tuple(plain, fc.constantFrom('', '', '^', '^git1', '_x'))
      .map((parts) => parts.join(''));
    const pairs = pairsOf(fc.tuple(epoch, rpmPlain, plain).map(([e, v, r]) => `${e}${v}-${r}`));
    const calls = pairs.map(([a, b]) => `print(rpm.vercmp("${a}","${b}").." ")`).join(' ');
    const said: string[] = [];
    // An argument may have at most 128 kB.
    for (let at = 0; at < calls.length;) {
      const end = calls.length - at <= 100_000 ? calls.length : calls.lastIndexOf(' print', at + 100_000);
      const { stdout } = spawnSync('rpm', ['--eval', `%{lua:${calls.slice(at, end)}}`], { encoding: 'utf8' });
      said.push(...stdout.trim().split(/\s+/));
      at = end;
    }
    expect(said).toHaveLength(pairs.length);
    const wrong = pairs.filter(([a, b], at) => Math.sign(compareRpm(a, b)) !== Number(said[at]));
    expect(wrong).toEqual([]);
    expect(new Set(said).size).toBe(3);
  });
});

describe('dpkg', () => {
  test.skipIf(missing('dpkg'))('orders the same', () => {
    const pairs = pairsOf(
      fc.tuple(epoch, plain, revision).map(([e, v, r]) => `${e}${v}${r === undefined ? '' : `-${r}`}`),
    );
    const script =
      'while read -r a b; do if dpkg --compare-versions "$a" lt "$b"; then echo -1; elif dpkg --compare-versions "$a" eq "$b"; then echo 0; else echo 1; fi; done';
    const input = pairs.map((pair) => `${pair.join(' ')}\n`).join('');
    const said = spawnSync('bash', ['-c', script], { input, encoding: 'utf8' }).stdout.trim().split('\n');
    expect(said).toHaveLength(pairs.length);
    const wrong = pairs.filter(([a, b], at) => Math.sign(compareDeb(a, b)) !== Number(said[at]));
    expect(wrong).toEqual([]);
    expect(new Set(said).size).toBe(3);
  });
});
