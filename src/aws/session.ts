/**
 * Opens a session with AWS: one per command, with clients per Region, the proxy and the CAs of this machine, errors as
 * BakeErrors, and the clock of the account.
 */
import { EC2Client } from '@aws-sdk/client-ec2';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ImagebuilderClient } from '@aws-sdk/client-imagebuilder';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { awsError } from './errors.ts';
import { childEnvironment } from './child.ts';
import { httpsAgent, trustedBy } from './network.ts';
import { openPatience, type Patience } from './patience.ts';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** The SDK calls the provider again some minutes before. */
  expiration?: Date;
}

export interface SessionOptions {
  /** The address of the sandbox; absent: the SDK resolves it (AWS_ENDPOINT_URL[_SERVICE], then AWS). */
  endpoint?: string | undefined;
  /** Explicit credentials (those of the sandbox); absent: the default provider chain. */
  credentials?: Credentials | (() => Promise<Credentials>) | undefined;
  env: Readonly<Record<string, string | undefined>>;
  /** PEM certificates that TLS trusts in addition to the public ones: `trust` of bakery.yaml. */
  trust?: readonly string[] | undefined;
  /** How to reach instances of an account on this machine; called only to start a child process. */
  localEndpoint?: (() => Promise<LocalEndpoint>) | undefined;
  /** What to do while AWS cannot be reached. Absent: errors end calls at once, also during waits. */
  patience?: Patience | undefined;
}

/** The configuration of every client. */
interface ClientConfig {
  region: string;
  maxAttempts: number;
  requestHandler: NodeHttpHandler;
  endpoint?: string;
  credentials?: Credentials | (() => Promise<Credentials>);
}

export interface Session {
  /**
   * The client of another service, which the module that makes its calls creates once per Region, so that a command loads
   * only the clients that it uses. `service` is the signing name, which is also the prefix of IAM actions.
   */
  client<C extends AnyClient>(service: string, region: string, make: (config: ClientConfig) => C): C;
  ec2(region: string): EC2Client;
  ssm(region: string): SSMClient;
  /** A client without retries, for writes that must not be repeated before the current state is read again. */
  ssmOnce(region: string): SSMClient;
  sts(region: string): STSClient;
  imagebuilder(region: string): ImagebuilderClient;
  logs(region: string): CloudWatchLogsClient;
  /**
   * The time of the account, from the Date header of the last answer of AWS: the refresh period then does not depend on
   * the clock of the CI runner, and a sandbox can advance the time.
   */
  now(): Date;
  /** Repeats calls while AWS cannot be reached; waits and runs that have begun to write use it. */
  patience: Patience;
  /** The calls so far: `ec2:DescribeImages` → count. */
  calls: ReadonlyMap<string, number>;
  /**
   * A session with other credentials, such as a role in another account, created once per name. It counts its own calls
   * and closes together with this session.
   */
  as(name: string, credentials: () => Promise<Credentials>): Session;
  /** How a child process that makes AWS calls reaches the same account in the same way. */
  forChildren(): Promise<ChildAccess>;
  close(): void;
}

/** What a child process gets, in its environment and files but never in its arguments. */
export interface ChildAccess {
  /** PATH, HOME and the like, credentials, endpoint, proxy. */
  env: Record<string, string>;
  /** PEM certificates that TLS trusts; undefined: the default of the program. */
  ca: readonly string[] | undefined;
  /** The address of EC2, if it is not that of AWS. */
  ec2Endpoint: string | undefined;
  /** How to reach instances of the account, if it is an embedded sandbox. */
  localEndpoint: LocalEndpoint | undefined;
}

/** An account on this machine: its instances listen on a port of their own, and every operation takes only seconds. */
export interface LocalEndpoint {
  sshPort: number;
}

/** More retries than the default, because a monthly run should wait when it is throttled instead of failing. */
const MAX_ATTEMPTS = 8;

/** The longest silence on the connection of a request that AWS has not answered completely. */
const SILENCE_MS = 90_000;

interface AnyClient {
  destroy(): void;
}

/** The part of every client that we add middleware to; each client has its own type for it. */
interface Hookable {
  middlewareStack: {
    add(middleware: unknown, options: { step: string; priority: string; name: string }): void;
  };
}

export function openSession(options: SessionOptions): Session {
  const clients = new Map<string, AnyClient>();
  const calls = new Map<string, number>();
  const others = new Map<string, Session>();
  let skew = 0;
  const patience = options.patience ?? openPatience({ unreachableMs: 0 });

  const base = {
    requestHandler: new NodeHttpHandler({
      httpsAgent: httpsAgent(options.env, options.trust ?? []),
      connectionTimeout: 10_000,
      // Without it a request on a connection that a firewall or an outage cut would wait for a quarter of an hour.
      socketTimeout: SILENCE_MS,
    }),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
  };

  function client<C extends AnyClient>(
    service: string,
    region: string,
    make: (config: ClientConfig) => C,
    maxAttempts = MAX_ATTEMPTS,
  ): C {
    const key = `${service} ${region} ${maxAttempts}`;
    const known = clients.get(key);
    if (known) return known as C;
    const made = make({ ...base, region, maxAttempts });
    equip(made as unknown as Hookable, service, region, maxAttempts > 1);
    clients.set(key, made);
    return made;
  }

  function equip(made: Hookable, service: string, region: string, isRepeatable: boolean): void {
    const outer =
      (next: (args: unknown) => Promise<unknown>, context: { commandName?: string }) =>
      async (args: unknown) => {
        const action = `${service}:${(context.commandName ?? '').replace(/Command$/, '')}`;
        const make = async (): Promise<unknown> => {
          calls.set(action, (calls.get(action) ?? 0) + 1);
          try {
            return await next(args);
          } catch (error) {
            throw awsError(error, action, region);
          }
        };
        return isRepeatable && !isStream(args) ? patience.call(`${service} in ${region}`, make) : make();
      };
    const inner = (next: (args: unknown) => Promise<{ response?: unknown }>) => async (args: unknown) => {
      const result = await next(args);
      const date = (result.response as { headers?: Record<string, string> } | undefined)?.headers?.['date'];
      const serverTime = date === undefined ? Number.NaN : Date.parse(date);
      if (Number.isFinite(serverTime)) skew = serverTime - Date.now();
      return result;
    };
    made.middlewareStack.add(outer, { step: 'initialize', priority: 'high', name: 'bakeErrors' });
    made.middlewareStack.add(inner, { step: 'deserialize', priority: 'low', name: 'bakeClock' });
  }

  return {
    client,
    ec2: (region) => client('ec2', region, (config) => new EC2Client(config)),
    ssm: (region) => client('ssm', region, (config) => new SSMClient(config)),
    ssmOnce: (region) => client('ssm', region, (config) => new SSMClient(config), 1),
    sts: (region) => client('sts', region, (config) => new STSClient(config)),
    imagebuilder: (region) => client('imagebuilder', region, (config) => new ImagebuilderClient(config)),
    logs: (region) => client('logs', region, (config) => new CloudWatchLogsClient(config)),
    now: () => new Date(Date.now() + skew),
    patience,
    calls,
    as(name, credentials) {
      const other = others.get(name) ?? openSession({ ...options, patience, credentials });
      others.set(name, other);
      return other;
    },
    forChildren: async () => ({
      env: childEnvironment({ ...options, credentials: fixed(options.credentials) }),
      ca: trustedBy(options.env, options.trust ?? []),
      ec2Endpoint: options.endpoint ?? options.env['AWS_ENDPOINT_URL_EC2'] ?? options.env['AWS_ENDPOINT_URL'],
      localEndpoint: await options.localEndpoint?.(),
    }),
    close() {
      for (const other of others.values()) other.close();
      for (const made of clients.values()) made.destroy();
    },
  };
}

/** Whether the body of a request is a stream, which can be sent only once; its sender repeats it (aws/objects.ts). */
function isStream(args: unknown): boolean {
  const { input } = args as { input?: { Body?: unknown } };
  return typeof (input?.Body as { pipe?: unknown } | undefined)?.pipe === 'function';
}

/** Credentials that bake can pass to a child process; those of an assumed role are renewed, so they cannot be passed. */
function fixed(credentials: SessionOptions['credentials']): Credentials | undefined {
  return typeof credentials === 'function' ? undefined : credentials;
}
