/** Tests that no bundled package reads the name of a class that minifying has changed (scripts/build/class-names.mjs). */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { bakeBin } from '../support/bake.ts';

const root = join(import.meta.dirname, '../..');

/** The names that packages compare with, and why each is safe. */
const SAFE: Readonly<Record<string, string>> = {
  Session: 'kept by scripts/build/class-names.mjs',
  NoOpLogger: "the SDK's silent logger: under another name it stays silent",
  FetchHttpHandler: "the SDK's client in browsers; bake uses that of Node",
  AsyncFunction: 'a class of the language',
  AsyncGeneratorFunction: 'a class of the language',
  GeneratorFunction: 'a class of the language',
  Object: 'a class of the language',
};

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules') yield* sources(path);
    else if (entry.isFile() && /\.[cm]?js$/.test(entry.name)) yield path;
  }
}

test('packages compare only known names of classes', () => {
  const { packages } = JSON.parse(readFileSync(join(dirname(bakeBin()), 'meta.json'), 'utf8')) as {
    packages: string[];
  };
  const compared =
    /constructor\??\.name\s*[!=]==?\s*["'](\w+)["']|["'](\w+)["']\s*[!=]==?\s*[\w.?]+\.constructor\??\.name/g;
  const found = new Set<string>();
  for (const one of packages) {
    const folder = join(root, 'node_modules', one.slice(0, one.lastIndexOf('@')));
    for (const file of sources(folder)) {
      for (const [, after, before] of readFileSync(file, 'utf8').matchAll(compared)) {
        found.add(after ?? before ?? '');
      }
    }
  }
  expect([...found].filter((name) => SAFE[name] === undefined)).toEqual([]);
  expect(found).toContain('Session');
});
