'use strict';
/**
 * Runs `bake plan --sandbox` of a dist folder and then writes the code that V8 has compiled by then: the code cache that
 * later starts use. Started by code-cache.mjs, because V8 gives the code only within the process that ran it.
 *
 *   node warm-up.cjs DIST FILE
 */
const fs = require('node:fs');
const path = require('node:path');
const { crc32 } = require('node:zlib');

const [dist, file] = process.argv.slice(2);
const { scripts, packOf } = require(path.join(dist, 'load.js'));

process.argv.splice(1, Infinity, path.join(dist, 'bake.js'), 'plan', '--os', 'alinux2', '--sandbox');
process.on('exit', (code) => {
  // 1: the plan holds changes, as it should in an empty folder.
  if (code === 1)
    fs.writeFileSync(
      file,
      packOf([...scripts].map(([name, { script, source }]) => part(name, script, source))),
    );
});
require(path.join(dist, 'bake.js'));

function part(name, script, source) {
  const data = script.createCachedData();
  return [name, data, crc32(source), crc32(data)];
}
