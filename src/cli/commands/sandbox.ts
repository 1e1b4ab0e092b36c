/** `bake sandbox`: serves the embedded AWS and shows how to reach it. */
import { BakeError } from '../../errors/bake-error.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { serveSandbox } from '../../jobs/sandbox.ts';

/** Returns when the command is stopped. */
export async function execute(invocation: Invocation): Promise<0> {
  const { host, options } = invocation;
  await serveSandbox(invocation, clockOf(options.clock), ({ endpoint, region, account }) => {
    host.result({ endpoint, region, account }, () =>
      [
        `sandbox at ${endpoint} · account ${account} · every Region and service at this address`,
        'No AWS account is touched. To use it from another shell:',
        `  export AWS_ENDPOINT_URL=${endpoint} AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox AWS_DEFAULT_REGION=${region}`,
        'Ctrl-C stops it; the account stays in its state folder.',
      ].join('\n'),
    );
  });
  return 0;
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
