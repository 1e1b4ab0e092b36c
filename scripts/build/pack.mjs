/**
 * Turns the ES modules that esbuild made into CommonJS: the entries become files of their own, all other modules become
 * functions in one file, dist/modules.pack. The loader (loader.cjs) compiles a module when it is first needed.
 */
import { basename } from 'node:path';
import { transform } from 'esbuild';
import loader from './loader.cjs';

const SHEBANG = '#!/usr/bin/env node\n';
const LOAD = `const load = (id) => (id.startsWith('./') ? require('./load.js').load(id) : require(id));\n`;
/** The helpers that esbuild puts before the code of each module. The loader has them for all modules. */
const HELPERS =
  /^(?:var __(?:create|defProp|getOwn\w+|getProtoOf|hasOwnProp|export|copyProps|toESM|toCommonJS) = [^]*?;\n(?=var ))+(?=var stdin_exports = )/;
/** The names for Node's loader of ES modules that esbuild puts after the code. */
const NAMES = /\n\/\/ Annotate the CommonJS export names[^]*$/;

/**
 * @param outputs esbuild's outputFiles
 * @param isEntry says whether a file is started by itself
 * @returns file name → content
 */
export async function packed(outputs, isEntry) {
  const files = await Promise.all(
    outputs.map(async ({ path, text }) => {
      const name = basename(path);
      return [name, await (isEntry(name) ? entryText(text) : moduleText(text))];
    }),
  );
  const modules = files.filter(([name]) => !isEntry(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = modules.map(([name, text]) => [name, Buffer.from(text)]);
  return {
    'modules.pack': loader.packOf(parts),
    ...Object.fromEntries(files.filter(([name]) => isEntry(name))),
  };
}

async function moduleText(text) {
  const code = (await commonJs(text)).replace(HELPERS, '').replace(NAMES, '');
  return minified(`(function(${loader.PARAMETERS}){"use strict";${code}})`);
}

/** Without the loader's helpers: `--help` does not load the loader. */
async function entryText(text) {
  const code = await minified(
    `(function(exports,require,module,importMetaUrl){"use strict";${await commonJs(text)}})`,
  );
  return `${SHEBANG}${LOAD}${code}(exports,load,module,require('node:url').pathToFileURL(__filename).href);\n`;
}

async function commonJs(text) {
  const { code } = await transform(text, {
    ...OPTIONS,
    format: 'cjs',
    define: { 'import.meta.url': 'importMetaUrl' },
    // import('./x.js') becomes a promise of require('./x.js').
    supported: { 'dynamic-import': false },
  });
  return code;
}

/** An expression statement would have no effect. */
async function minified(expression) {
  const { code } = await transform(`kept=${expression}`, { ...OPTIONS, minify: true });
  return code
    .trim()
    .replace(/^kept=/, '(')
    .replace(/;$/, ')');
}

const OPTIONS = { platform: 'node', target: 'node20', charset: 'utf8', logLevel: 'silent' };
