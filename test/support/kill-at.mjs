// Loaded before bake by NODE_OPTIONS=--import: kills the process at the n-th boundary of its journal, like a power cut.
// Odd n: just before line (n+1)/2 is written; even n: right after line n/2 is on disk. bake contains no code for this.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const at = Number(process.env.KILL_AT);
const journals = new Set();
let seen = 0;

const { openSync, writeSync, fdatasyncSync } = fs;
fs.openSync = (file, ...rest) => {
  const handle = openSync(file, ...rest);
  // The run's journal; the sandbox's own has the same name.
  if (/runs.*journal\.jsonl$/.test(String(file))) journals.add(handle);
  return handle;
};
fs.writeSync = (handle, ...rest) => {
  if (journals.has(handle)) boundary();
  return writeSync(handle, ...rest);
};
fs.fdatasyncSync = (handle) => {
  fdatasyncSync(handle);
  if (journals.has(handle)) boundary();
};
syncBuiltinESMExports();

function boundary() {
  seen += 1;
  if (seen === at) process.kill(process.pid, 'SIGKILL');
}
