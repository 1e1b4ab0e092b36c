/** Runs a stand-in for Packer as bake does, in a process of its own that a test kills: FOLDER PROGRAM. */
import path from 'node:path';
import { runPacker } from '../../../../src/engines/packer/process.ts';

const [folder = '', command = ''] = process.argv.slice(2);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
const { exitCode, reason } = await runPacker({
  command,
  args: ['build', 'a b'],
  cwd: folder,
  access: {
    env: { PATH: process.env['PATH'] ?? '' },
    ca: undefined,
    ec2Endpoint: undefined,
    localEndpoint: undefined,
  },
  log: path.join(folder, 'image.log'),
  signal: stop.signal,
  onLine: () => {},
});
process.stdout.write(JSON.stringify({ exitCode, reason }));
