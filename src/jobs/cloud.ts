/** Connects a command to AWS, or to the embedded AWS with --sandbox. */
import { readCallerIdentity } from '../aws/identity.ts';
import { plainEnvironment } from '../aws/child.ts';
import { openPatience, type Patience } from '../aws/patience.ts';
import { openSession, type LocalEndpoint, type Session } from '../aws/session.ts';
import { durationMs } from '../util/duration.ts';
import type { Project } from '../pipeline/project.ts';
import { openStore, type Store } from '../store/store.ts';
import type { Invocation } from './invocation.ts';
import { stateFolder } from './places.ts';
import { firstRegion } from './regions.ts';

export interface Cloud {
  aws: Session;
  account: string;
  partition: string;
  close(): Promise<void>;
}

/**
 * Connects to AWS, or to the sandbox. Every client gets the endpoint and the credentials of the sandbox explicitly, so that
 * no setting of the environment can lead a sandbox run to a real account.
 */
export async function openCloud(invocation: Invocation, { jobs, bakery }: Project): Promise<Cloud> {
  const { options, env } = invocation;
  const sandbox = options.sandbox ? await openTheSandbox(invocation) : undefined;
  const [job] = jobs;
  const patience = openPatience({
    unreachableMs: durationMs(bakery.value.patience.unreachable),
    signal: invocation.signal,
    tell: (type, text) => invocation.host.emit({ type, text }),
  });
  const trust = job?.image.certificates.map(({ pem }) => pem) ?? [];
  const aws = sessionFor(sandbox, env, trust, patience);
  async function close(): Promise<void> {
    aws.close();
    await sandbox?.close();
  }
  try {
    const { account, arn } = await readCallerIdentity(aws, firstRegion(jobs));
    return { aws, account, partition: arn.split(':')[1] ?? 'aws', close };
  } catch (error) {
    await close();
    throw error;
  }
}

function sessionFor(
  sandbox: { endpoint: string } | undefined,
  env: Invocation['env'],
  trust: readonly string[],
  patience?: Patience,
): Session {
  if (!sandbox) return openSession({ env, trust, patience });
  // Without patience, because a sandbox that ended does not come back.
  return openSession({
    // Only the variables that a child process needs to start, without the user's AWS settings.
    env: plainEnvironment(env),
    endpoint: sandbox.endpoint,
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    localEndpoint: () => endpointOf(sandbox.endpoint),
  });
}

/** Connects without the identity of the account, for commands that need no target. */
export async function openPlainCloud(
  invocation: Invocation,
  trust: readonly string[],
): Promise<{ aws: Session; close(): Promise<void> }> {
  const { options, env } = invocation;
  const sandbox = options.sandbox ? await openTheSandbox(invocation) : undefined;
  const aws = sessionFor(sandbox, env, trust);
  return {
    aws,
    async close() {
      aws.close();
      await sandbox?.close();
    },
  };
}

async function openTheSandbox(invocation: Invocation): Promise<{ endpoint: string; close(): Promise<void> }> {
  const { openSandbox } = await import('../sandbox/open.ts');
  return openSandbox({ state: stateFolder(invocation), rootfs: invocation.options.rootfs });
}

/** Asks the sandbox for the port of its SSH server (src/sandbox/control.ts). */
async function endpointOf(endpoint: string): Promise<LocalEndpoint> {
  const answer = await fetch(`${endpoint}/_sandbox/ssh`);
  const { port } = (await answer.json()) as { port: number };
  return { sshPort: port };
}

/** Opens the store of bakery.yaml. */
export function openProjectStore({ bakery, jobs }: Project, aws: Session): Promise<Store> {
  const region = firstRegion(jobs);
  return openStore(bakery.value.store, { aws, region, folder: bakery.folder });
}
