/**
 * The esbuild plug-in that keeps the names of classes whose name a package reads. Minifying renames classes, and keeping
 * all names (esbuild's keepNames) would make start-up code a tenth larger. test/bundle/class-names.test.ts finds packages
 * that read names.
 */
import { readFile } from 'node:fs/promises';

/** File → the classes in it that keep their names. */
const KEPT = [
  // lib/utils.js tells a session without a channel by it: otherwise a client that leaves before `exec` ends the server.
  { file: /[\\/]ssh2[\\/]lib[\\/]server\.js$/, names: ['Session'] },
];

export const classNames = {
  name: 'class-names',
  setup(build) {
    for (const { file, names } of KEPT) {
      build.onLoad({ filter: file }, async ({ path }) => ({
        contents: [await readFile(path, 'utf8'), ...names.map(kept)].join('\n'),
        loader: 'js',
      }));
    }
  },
};

function kept(name) {
  return `Object.defineProperty(${name}, 'name', { value: '${name}' });`;
}
