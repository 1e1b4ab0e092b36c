/** Serves the embedded AWS until the command is stopped. */
import { once } from 'node:events';
import { BakeError } from '../errors/bake-error.ts';
import type { Faults } from '../sandbox/contract.ts';
import { readFaults } from '../sandbox/faults.ts';
import { openSandbox } from '../sandbox/open.ts';
import type { Invocation } from './invocation.ts';
import { stateFolder } from './places.ts';

export interface SandboxAddress {
  endpoint: string;
  region: string;
  account: string;
}

/**
 * @param clock the account's time at the start; undefined: the real time
 * @param onReady is called when the server listens
 * @throws BakeError USAGE, SANDBOX_SERVED
 */
export async function serveSandbox(
  invocation: Invocation,
  clock: Date | undefined,
  onReady: (address: SandboxAddress) => void,
): Promise<void> {
  const { options, signal } = invocation;
  const state = stateFolder(invocation);
  const sandbox = await openSandbox({
    state,
    port: options.port,
    clock,
    faults: faultsOf(options.faults),
    rootfs: options.rootfs,
  });
  try {
    const { endpoint, region, account } = sandbox;
    if (sandbox.shared) throw new BakeError('SANDBOX_SERVED', { state, endpoint });
    onReady({ endpoint, region, account });
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await sandbox.close();
  }
}

function faultsOf(text: string | undefined): Faults | undefined {
  if (text === undefined) return undefined;
  try {
    return readFaults(JSON.parse(text));
  } catch (error) {
    throw new BakeError('USAGE', {
      message: `--faults: expected JSON such as {"throttle":0.2}: ${(error as Error).message}`,
      command: 'sandbox',
    });
  }
}
