/** A process that opens the sandbox, prints its endpoint, and serves until it is killed. */
import { openSandbox } from '../../src/sandbox/open.ts';

const [, , state = '', port = '0'] = process.argv;
const sandbox = await openSandbox({ state, port: Number(port), rehearse: 'off' });
process.stdout.write(`${JSON.stringify(sandbox)}\n`);
setInterval(() => undefined, 60_000);
