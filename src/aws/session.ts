/**
 * Owns how AWS is reached: one session per command, its clients per Region, proxy and CA of the place bake runs in,
 * errors as BakeErrors, and the account's clock.
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

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** The SDK asks its provider anew some minutes before. */
  expiration?: Date;
}

export interface SessionOptions {
  /** The sandbox's address; absent: the SDK's own resolution (AWS_ENDPOINT_URL[_SERVICE], then AWS). */
  endpoint?: string | undefined;
  /** Explicit credentials (the sandbox's); absent: the default chain. */
  credentials?: Credentials | (() => Promise<Credentials>) | undefined;
  env: Readonly<Record<string, string | undefined>>;
  /** PEM certificates that TLS trusts beside the public ones: `trust` of bakery.yaml. */
  trust?: readonly string[] | undefined;
  /** The account is on this machine; asked only when a child is started. */
  near?: (() => Promise<Near>) | undefined;
}

/** What every client is made with. */
interface ClientConfig {
  region: string;
  maxAttempts: number;
  requestHandler: NodeHttpHandler;
  endpoint?: string;
  credentials?: Credentials | (() => Promise<Credentials>);
}

export interface Session {
  /**
   * A client of another service, made once a Region by the module that makes its calls: a command loads only the
   * clients it uses. `service` is the signing name, as IAM actions begin.
   */
  client<C extends AnyClient>(service: string, region: string, make: (config: ClientConfig) => C): C;
  ec2(region: string): EC2Client;
  ssm(region: string): SSMClient;
  /** Sends each request once: for writes that must not be repeated before the world was read again. */
  ssmOnce(region: string): SSMClient;
  sts(region: string): STSClient;
  imagebuilder(region: string): ImagebuilderClient;
  logs(region: string): CloudWatchLogsClient;
  /**
   * The account's time: AWS's own clock as its last answer told it, so that the refresh period does not hang on a
   * runner with a wrong clock (and so that a sandbox can play a month through).
   */
  now(): Date;
  /** Calls made so far, `ec2:DescribeImages` → count. */
  calls: ReadonlyMap<string, number>;
  /**
   * The same as somebody else, such as another account's role: made once a name. Its calls are counted apart; it
   * closes with this session.
   */
  as(name: string, credentials: () => Promise<Credentials>): Session;
  /** How a program that makes AWS calls of its own reaches the same account the same way. */
  forChildren(): Promise<ChildAccess>;
  close(): void;
}

/** What a child process is given: never in its arguments, always in its environment and files. */
export interface ChildAccess {
  /** Beside PATH, HOME and the like: credentials, endpoint, proxy. */
  env: Record<string, string>;
  /** PEM certificates that TLS trusts; undefined: the program's own choice. */
  ca: readonly string[] | undefined;
  /** EC2's address where it is another than AWS's own. */
  ec2Endpoint: string | undefined;
  /** How instances of that account are reached, where it is an embedded one. */
  near: Near | undefined;
}

/** An account on this machine: instances listen on a port of their own, and nothing takes longer than seconds. */
export interface Near {
  sshPort: number;
}

/** Standard retries, but more of them: a monthly run waits out a throttle rather than fail. */
const MAX_ATTEMPTS = 8;

interface AnyClient {
  destroy(): void;
}

/** The part of every client that we hook into; each client types it for its own operations. */
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

  const base = {
    requestHandler: new NodeHttpHandler({
      httpsAgent: httpsAgent(options.env, options.trust ?? []),
      connectionTimeout: 10_000,
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
    equip(made as unknown as Hookable, service, region);
    clients.set(key, made);
    return made;
  }

  function equip(made: Hookable, service: string, region: string): void {
    const outer =
      (next: (args: unknown) => Promise<unknown>, context: { commandName?: string }) =>
      async (args: unknown) => {
        const action = `${service}:${(context.commandName ?? '').replace(/Command$/, '')}`;
        calls.set(action, (calls.get(action) ?? 0) + 1);
        try {
          return await next(args);
        } catch (error) {
          throw awsError(error, action, region);
        }
      };
    const inner = (next: (args: unknown) => Promise<{ response?: unknown }>) => async (args: unknown) => {
      const result = await next(args);
      const date = (result.response as { headers?: Record<string, string> } | undefined)?.headers?.['date'];
      const told = date === undefined ? Number.NaN : Date.parse(date);
      if (Number.isFinite(told)) skew = told - Date.now();
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
    calls,
    as(name, credentials) {
      const other = others.get(name) ?? openSession({ ...options, credentials });
      others.set(name, other);
      return other;
    },
    forChildren: async () => ({
      env: childEnvironment({ ...options, credentials: fixed(options.credentials) }),
      ca: trustedBy(options.env, options.trust ?? []),
      ec2Endpoint: options.endpoint ?? options.env['AWS_ENDPOINT_URL_EC2'] ?? options.env['AWS_ENDPOINT_URL'],
      near: await options.near?.(),
    }),
    close() {
      for (const other of others.values()) other.close();
      for (const made of clients.values()) made.destroy();
    },
  };
}

/** Credentials that can be handed to another program; those of a role we took on are ours alone. */
function fixed(credentials: SessionOptions['credentials']): Credentials | undefined {
  return typeof credentials === 'function' ? undefined : credentials;
}
