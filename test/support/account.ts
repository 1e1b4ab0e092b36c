/** Reads a sandbox account from a test, with the same calls that bake makes. */
import path from 'node:path';
import { openSession, type Session } from '../../src/aws/session.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/contract.ts';

export const anyone = { accessKeyId: 'test', secretAccessKey: 'test' };

/** The state folder of `--sandbox` in a project. */
export function stateOf(folder: string): string {
  return path.join(folder, '.bakery', 'sandbox');
}

/** Opens the account of a state folder while a function runs. */
export async function withAccount<T>(
  options: SandboxOptions,
  look: (aws: Session, sandbox: Sandbox) => Promise<T>,
): Promise<T> {
  const sandbox = await openSandbox(options);
  const aws = openSession({ env: {}, endpoint: sandbox.endpoint, credentials: anyone });
  try {
    return await look(aws, sandbox);
  } finally {
    aws.close();
    await sandbox.close();
  }
}
