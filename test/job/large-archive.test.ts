/** Tests the limit of entries with a real archive, which takes too long for `npm test`. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { repack } from '../../src/assets/archive/repack.ts';
import { withBakeErrors } from '../../src/assets/asset-error.ts';
import { TAR_END, tarHeader } from '../../src/util/tar.ts';
import { refused } from '../assets/support/place.ts';
import { emptyFolder } from '../support/project.ts';

const limits = { name: 'a', strip: 0, setuid: false, mebibytes: 1024 };
it('a tar of 510,000 empty files is refused, and no file is left', async () => {
  const folder = emptyFolder();
  const out = path.join(folder, 'out.tar');
  const archive = path.join(folder, 'archive');
  const descriptor = fs.openSync(archive, 'w');
  for (let thousand = 0; thousand < 510; thousand += 1) {
    const names = Array.from({ length: 1000 }, (_, at) => `d${thousand}/f${at}`);
    const headers = names.map((name) => tarHeader({ kind: 'file', path: name, mode: 0o644, size: 0 }));
    fs.writeSync(descriptor, Buffer.concat(headers));
  }
  fs.writeSync(descriptor, TAR_END);
  fs.closeSync(descriptor);
  const errors = await refused(withBakeErrors(() => repack(archive, out, limits)));
  expect(errors.map(({ message }) => message).join()).toContain('it has more than 500000 entries');
  expect(fs.readdirSync(folder)).toEqual(['archive']);
  fs.rmSync(folder, { recursive: true });
});
