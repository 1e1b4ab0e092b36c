#!/usr/bin/env node
// bake @VERSION@ in one file: node bake.mjs --help. It needs Node 20.19 or newer and nothing else.
// The first start unpacks the last line of this file into the user's cache folder, from which all starts load bake.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';

const VERSION = '@VERSION@';
/** sha256 of the packed files. */
const DIGEST = '@DIGEST@';
/** The errors of a folder that cannot be written. */
const UNWRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'ENOENT']);

const require = createRequire(import.meta.url);
require(path.join(unpacked(), 'dist', 'bake.js'));

/** The folder with the files, unpacked at the first start. */
function unpacked() {
  const kept = path.join(cacheFolder(), 'ami-bakery', `${VERSION}-${DIGEST.slice(0, 16)}`);
  if (isOwn(kept)) return kept;
  try {
    fs.mkdirSync(path.dirname(kept), { recursive: true, mode: 0o700 });
    const temp = fs.mkdtempSync(`${kept}.tmp-`);
    unpack(temp);
    return put(temp, kept);
  } catch (error) {
    if (!UNWRITABLE.has(error.code)) throw error;
    return forThisStart();
  }
}

function cacheFolder() {
  const given = process.env.XDG_CACHE_HOME ?? '';
  return path.isAbsolute(given) ? given : path.join(os.homedir(), '.cache');
}

/** A folder that another user could have made or changed is not used. */
function isOwn(folder) {
  try {
    const { uid, mode } = fs.lstatSync(folder);
    const isSafe = process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
    return isSafe && fs.existsSync(path.join(folder, 'dist', 'modules.pack'));
  } catch {
    return false;
  }
}

/** Of several first starts at once, each one's files are the same: the first to finish wins. */
function put(temp, kept) {
  try {
    fs.renameSync(temp, kept);
    return kept;
  } catch {
    if (!isOwn(kept)) {
      removeAtExit(temp);
      return temp;
    }
    fs.rmSync(temp, { recursive: true, force: true });
    return kept;
  }
}

/** Where the cache folder cannot be written: a folder that this start removes at its end. */
function forThisStart() {
  const temp = fs.mkdtempSync(path.join(os.tmpdir(), 'ami-bakery-'));
  removeAtExit(temp);
  unpack(temp);
  return temp;
}

function removeAtExit(folder) {
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
}

function unpack(folder) {
  const text = fs.readFileSync(fileURLToPath(import.meta.url), 'latin1');
  const packed = Buffer.from(text.slice(text.lastIndexOf('\n//') + 3), 'base64');
  if (createHash('sha256').update(packed).digest('hex') !== DIGEST) {
    process.stderr.write(
      'bake.mjs is damaged: its content does not have its digest. Fetch the file again.\n',
    );
    process.exit(3);
  }
  const files = JSON.parse(brotliDecompressSync(packed).toString('utf8'));
  for (const [name, [mode, content]] of Object.entries(files)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, Buffer.from(content, 'base64'), { mode });
  }
}
