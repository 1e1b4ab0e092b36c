/**
 * Models the parts of SSM and EC2 that channels use, in memory: versions, create-if-absent, lost answers, and a random
 * delay before and after each call. It uses the classes of the real clients without a network, so that ten thousand
 * interleavings take seconds.
 */
import { EC2Client } from '@aws-sdk/client-ec2';
import { SSMClient } from '@aws-sdk/client-ssm';
import { awsError } from '../../src/aws/errors.ts';
import { openPatience } from '../../src/aws/patience.ts';
import type { Session } from '../../src/aws/session.ts';

export interface Version {
  value: string;
  description: string;
  /** The name of the session that wrote it. */
  by: string;
}

export interface SsmModel {
  /** The versions of a parameter, oldest first. */
  versions(name: string): readonly Version[];
  /** Writes a version immediately, as another process would. */
  write(name: string, value: string, by: string): void;
  session(by: string): Session;
}

interface Input {
  Name?: string;
  Names?: string[];
  Path?: string;
  Value?: string;
  Description?: string;
  Overwrite?: boolean;
  ImageIds?: string[];
  Filters?: { Name: string; Values: string[] }[];
}

/**
 * Makes a model.
 * @param random returns numbers from 0 to 1
 * @param lost the share of PutParameter calls that are executed but whose answer is lost
 */
export function openModel(random: () => number, lost = 0): SsmModel {
  const parameters = new Map<string, { first: number; versions: Version[] }>();

  const named = (name: string): Error => Object.assign(new Error(name), { name });

  function put(by: string, { Name, Value, Description, Overwrite }: Input): void {
    const name = Name ?? '';
    const known = parameters.get(name);
    if (known && Overwrite !== true) throw named('ParameterAlreadyExists');
    const one = { value: Value ?? '', description: Description ?? '', by };
    if (known) known.versions.push(one);
    else parameters.set(name, { first: 1, versions: [one] });
  }

  function answer(by: string, operation: string, input: Input): unknown {
    const name = input.Name ?? '';
    const known = parameters.get(name);
    switch (operation) {
      case 'PutParameterCommand':
        put(by, input);
        return {};
      case 'DeleteParameterCommand':
        if (!parameters.delete(name)) throw named('ParameterNotFound');
        return {};
      case 'GetParameterHistoryCommand':
        if (!known) throw named('ParameterNotFound');
        return {
          Parameters: known.versions.map(({ value, description }, index) => ({
            Version: known.first + index,
            Value: value,
            Description: description,
            LastModifiedDate: new Date(0),
          })),
        };
      case 'GetParametersCommand':
        return {
          Parameters: (input.Names ?? []).flatMap((one) => {
            const found = parameters.get(one)?.versions.at(-1);
            return found ? [{ Name: one, Value: found.value }] : [];
          }),
        };
      case 'GetParametersByPathCommand':
        return {
          Parameters: [...parameters]
            .filter(([one]) => one.startsWith(`${input.Path}/`))
            .map(([one, { versions }]) => ({ Name: one, Value: versions.at(-1)?.value })),
        };
      case 'CreateTagsCommand':
        return {};
      case 'DescribeImagesCommand':
        return { Images: imagesOf(input) };
      default:
        throw new Error(`the model does not support ${operation}`);
    }
  }

  /** Waits for a random number of turns of the event loop: before a call arrives, and before its answer leaves. */
  async function turns(): Promise<void> {
    for (let left = Math.floor(random() * 4); left > 0; left--) await new Promise(setImmediate);
  }

  async function send(by: string, operation: string, input: Input, retries: boolean): Promise<unknown> {
    for (;;) {
      await turns();
      const answered = answer(by, operation, input);
      await turns();
      const isLost = operation === 'PutParameterCommand' && random() < lost;
      if (!isLost) return answered;
      // The SDK repeats a request whose answer was lost, unless it was told not to.
      if (!retries) throw Object.assign(named('TimeoutError'), { $metadata: {}, code: 'ECONNRESET' });
    }
  }

  function client<C>(prototype: C & object, by: string, retries: boolean): C {
    return Object.assign(Object.create(prototype) as C & object, {
      async send(command: { constructor: { name: string }; input: Input }) {
        const operation = command.constructor.name;
        try {
          return await send(by, operation, command.input, retries);
        } catch (error) {
          throw awsError(error, `ssm:${operation.replace(/Command$/, '')}`, 'us-east-1');
        }
      },
    });
  }

  return {
    versions: (name) => parameters.get(name)?.versions ?? [],
    write: (name, value, by) => put(by, { Name: name, Value: value, Overwrite: true }),
    session: (by) =>
      ({
        ssm: () => client(SSMClient.prototype, by, true),
        ssmOnce: () => client(SSMClient.prototype, by, false),
        ec2: () => client(EC2Client.prototype, by, true),
        now: () => new Date(),
        patience: openPatience({ unreachableMs: 0 }),
        calls: new Map(),
      }) as Partial<Session> as Session,
  };
}

/** Answers that every image exists, belongs to this account and is verified. */
function imagesOf(input: Input): object[] {
  const ids = input.ImageIds ?? input.Filters?.find(({ Name }) => Name === 'image-id')?.Values;
  return (ids ?? []).map((ImageId) => ({
    ImageId,
    Name: 'bakery',
    State: 'available',
    Architecture: 'x86_64',
    CreationDate: '2026-01-01T00:00:00.000Z',
    RootDeviceName: '/dev/sda1',
    BlockDeviceMappings: [],
    Tags: [
      { Key: 'bakery:fingerprint', Value: 'sha256:1' },
      { Key: 'bakery:verify', Value: '5 passed, 0 failed, 0 skipped' },
    ],
  }));
}
