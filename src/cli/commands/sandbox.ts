/** Owns `bake sandbox`: the embedded AWS as a server, until it is stopped. */
import { once } from 'node:events';
import { BakeError } from '../../errors/bake-error.ts';
import type { ExitCode } from '../../errors/table.ts';
import type { Faults } from '../../sandbox/contract.ts';
import { readFaults } from '../../sandbox/faults.ts';
import { openSandbox } from '../../sandbox/open.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { stateFolder } from '../../jobs/places.ts';

export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const { host, options, signal } = invocation;
  const sandbox = await openSandbox({
    state: stateFolder(invocation),
    port: options.port,
    clock: clockOf(options.clock),
    faults: faultsOf(options.faults),
    rootfs: options.rootfs,
  });
  try {
    if (sandbox.shared)
      throw new BakeError('SANDBOX_SERVED', { state: stateFolder(invocation), endpoint: sandbox.endpoint });
    const { endpoint, region, account } = sandbox;
    host.result({ endpoint, region, account }, () =>
      [
        `sandbox at ${endpoint} · account ${account} · every Region and service at this address`,
        'No AWS account is touched. To use it from another shell:',
        `  export AWS_ENDPOINT_URL=${endpoint} AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox AWS_DEFAULT_REGION=${region}`,
        'Ctrl-C stops it; the account stays in its state folder.',
      ].join('\n'),
    );
    if (!signal.aborted) await once(signal, 'abort');
    return 0;
  } finally {
    await sandbox.close();
  }
}

function clockOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (!/^\d{4}-/.test(text) || Number.isNaN(time.getTime())) {
    throw new BakeError('USAGE', {
      message: `--clock: expected an ISO 8601 time such as 2026-12-21T00:00:00Z, found ${text}`,
      command: 'sandbox',
    });
  }
  return time;
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
