/**
 * Turns the ES modules that esbuild made into CommonJS: the entries become files of their own, all other modules become
 * functions in one file, dist/modules.pack. The loader (loader.cjs) compiles a module when it is needed first.
 */
import { basename } from 'node:path';
import { transform } from 'esbuild';
import loader from './loader.cjs';

const SHEBANG = '#!/usr/bin/env node\n';
const LOAD = `const load = (id) => (id.startsWith('./') ? require('./load.js').load(id) : require(id));\n`;

/**
 * @param outputs esbuild's outputFiles
 * @param isEntry says whether a file is started by itself
 * @returns file name → content
 */
export async function packed(outputs, isEntry) {
  const modules = await Promise.all(
    outputs.map(async ({ path, text }) => ({ name: basename(path), code: await commonJs(text) })),
  );
  const entries = modules.filter(({ name }) => isEntry(name));
  const others = modules.filter(({ name }) => !isEntry(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const parts = others.map(({ name, code }) => [name, Buffer.from(asFunction(code))]);
  return {
    'modules.pack': loader.packOf(parts),
    ...Object.fromEntries(entries.map(({ name, code }) => [name, entryText(code)])),
  };
}

async function commonJs(text) {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minify: true,
    charset: 'utf8',
    define: { 'import.meta.url': 'importMetaUrl' },
    // import('./x.js') becomes a promise of require('./x.js').
    supported: { 'dynamic-import': false },
    logLevel: 'silent',
  });
  return code;
}

function asFunction(code) {
  return `(function(${loader.PARAMETERS}){"use strict";${code}})`;
}

function entryText(code) {
  const url = "require('node:url').pathToFileURL(__filename).href";
  return `${SHEBANG}${LOAD}${asFunction(code)}(exports,load,module,${url});\n`;
}
