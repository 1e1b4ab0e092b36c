/** A process that writes transactions until it is killed, and prints each number once it is durable. */
import { writeSync } from 'node:fs';
import { openStateStore } from '../../src/sandbox/store/store.ts';

const store = openStateStore(process.argv[2] ?? '');
for (let value = store.list('counter').length + 1; ; value++) {
  const key = String(value).padStart(8, '0');
  store.commit([
    ['counter', key, { value }],
    ['twin', key, { value }],
  ]);
  writeSync(1, `${value}\n`);
}
