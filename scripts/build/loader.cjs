'use strict';
/**
 * Loads modules from a pack (scripts/build/pack.mjs). The build copies this file to dist/load.js. Node's own loader finds
 * and reads each of about 130 modules by itself, and has no code cache on Node 20.
 */
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { pathToFileURL } = require('node:url');

/** The code of a module is a function with these parameters. The last three are esbuild's helpers (see pack.mjs). */
const PARAMETERS = 'exports,require,module,importMetaUrl,__export,__toESM,__toCommonJS';

const url = pathToFileURL(path.join(__dirname, 'modules.pack')).href;
/** Name → module. */
const modules = new Map();
/** Exports of Node's modules → what `import * as` gives of them. */
const namespaces = new Map();
/** Name → its vm.Script and text, for the program that makes the code cache (warm-up.cjs). */
const scripts = new Map();
let code;
let codeCache;

/** The exports of a module of the bundle (`./name.js`) or of Node. */
function load(id) {
  if (!id.startsWith('./')) return require(id);
  const name = id.slice(2);
  let module = modules.get(name);
  if (module === undefined) {
    module = { exports: {} };
    // Before its code runs: modules may import each other in a circle.
    modules.set(name, module);
    compile(name)(module.exports, load, module, url, defineExports, namespaceOf, asEsModule);
  }
  return module.exports;
}

function defineExports(target, all) {
  for (const name in all) Object.defineProperty(target, name, { get: all[name], enumerable: true });
}

function asEsModule(exports) {
  return Object.defineProperty(exports, '__esModule', { value: true });
}

/** What `import * as` gives: a module of ours as it is; of Node's, its properties and itself as the default. */
function namespaceOf(exports) {
  if (exports.__esModule) return exports;
  let namespace = namespaces.get(exports);
  if (namespace === undefined) {
    namespace = {};
    for (const name of Object.getOwnPropertyNames(exports)) {
      if (name !== 'default')
        Object.defineProperty(namespace, name, { get: () => exports[name], enumerable: true });
    }
    Object.defineProperty(namespace, 'default', { value: exports, enumerable: true });
    namespaces.set(exports, namespace);
  }
  return namespace;
}

function compile(name) {
  code ??= openPack(path.join(__dirname, 'modules.pack'));
  codeCache ??= openCodeCache();
  const source = readPart(code, name);
  const cachedData = cachedCode(name, source);
  const script = new vm.Script(source.toString('utf8'), { filename: path.join(__dirname, name), cachedData });
  scripts.set(name, { script, source });
  return script.runInThisContext();
}

/**
 * V8 trusts what it is given: a damaged cache crashes it, and a cache of another text of the same length runs in that
 * text's place. So both are compared with their checksums. That is no protection against an attacker, and need not be
 * one: the cache lies in dist/, and an attacker who can write there can change the code itself.
 */
function cachedCode(name, source) {
  try {
    const data = readPart(codeCache, name);
    if (data === undefined) return undefined;
    const [, , ofSource, ofData] = codeCache.index[name];
    return crc32(source) === ofSource && crc32(data) === ofData ? data : undefined;
  } catch {
    // What is in the cache's index makes no sense.
    return undefined;
  }
}

function crc32(bytes) {
  return require('node:zlib').crc32(bytes);
}

/** For exactly this Node. Any other one compiles the code as usual. (Node 21 has no crc32, and uses no cache.) */
function codeCacheFile(folder) {
  return path.join(folder, 'code-cache', `${process.version}-${process.platform}-${process.arch}.pack`);
}

function openCodeCache() {
  try {
    return openPack(codeCacheFile(__dirname));
  } catch {
    // There is none, or none that can be read.
    return { index: {} };
  }
}

/** A pack stays open: a process goes on with its own code when a new build takes the place of dist/. */
function openPack(file) {
  const fd = fs.openSync(file, 'r');
  const length = readBytes(fd, 0, 4).readUInt32LE();
  return { fd, start: 4 + length, index: JSON.parse(readBytes(fd, 4, length).toString('utf8')) };
}

function readPart({ fd, start, index }, name) {
  if (!Object.hasOwn(index, name)) return undefined;
  const [offset, length] = index[name];
  return readBytes(fd, start + offset, length);
}

function readBytes(fd, position, length) {
  const bytes = Buffer.allocUnsafeSlow(length);
  fs.readSync(fd, bytes, 0, length, position);
  return bytes;
}

/** @param parts [name, bytes, …more for the index] each */
function packOf(parts) {
  const index = {};
  let offset = 0;
  for (const [name, bytes, ...more] of parts) {
    index[name] = [offset, bytes.length, ...more];
    offset += bytes.length;
  }
  const head = Buffer.from(JSON.stringify(index));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  return Buffer.concat([length, head, ...parts.map(([, bytes]) => bytes)]);
}

module.exports = { load, scripts, codeCacheFile, packOf, PARAMETERS };
