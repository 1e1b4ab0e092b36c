/** Makes the SSM calls: AMI parameters with their history, and the small JSON parameters that serve as leases. */
import {
  DeleteParameterCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  UnlabelParameterVersionCommand,
  paginateGetParameterHistory,
  paginateGetParametersByPath,
  type PutParameterCommandInput,
} from '@aws-sdk/client-ssm';
import { isAws } from './errors.ts';
import type { Session } from './session.ts';
import { READ_BACK_MS, until } from './until.ts';

/** GetParameters accepts at most ten names (SSM API reference). */
const NAMES_PER_CALL = 10;

/** The current values by name; the map does not contain names that do not exist. */
export async function readParameters(
  aws: Session,
  region: string,
  names: readonly string[],
): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  for (let at = 0; at < names.length; at += NAMES_PER_CALL) {
    const answer = await aws
      .ssm(region)
      .send(new GetParametersCommand({ Names: names.slice(at, at + NAMES_PER_CALL) }));
    for (const parameter of answer.Parameters ?? []) values.set(parameter.Name ?? '', parameter.Value ?? '');
  }
  return values;
}

/** All parameters below a path, by name. */
export async function readPath(aws: Session, region: string, path: string): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  const pages = paginateGetParametersByPath({ client: aws.ssm(region) }, { Path: path, Recursive: true });
  for await (const page of pages) {
    for (const parameter of page.Parameters ?? []) values.set(parameter.Name ?? '', parameter.Value ?? '');
  }
  return values;
}

/** One version of a parameter. */
export interface ParameterHistoryEntry {
  version: number;
  value: string;
  /** The description that its writer gave; may be empty. */
  description: string;
  /** ISO 8601. */
  at: string;
  labels: string[];
}

/** All versions of the parameter (SSM keeps 100), oldest first; empty if it does not exist. */
export async function readVersions(
  aws: Session,
  region: string,
  name: string,
): Promise<ParameterHistoryEntry[]> {
  const versions: ParameterHistoryEntry[] = [];
  try {
    for await (const page of paginateGetParameterHistory({ client: aws.ssm(region) }, { Name: name })) {
      for (const one of page.Parameters ?? []) {
        versions.push({
          version: one.Version ?? 0,
          value: one.Value ?? '',
          description: one.Description ?? '',
          at: one.LastModifiedDate?.toISOString() ?? '',
          labels: one.Labels ?? [],
        });
      }
    }
  } catch (error) {
    if (!isAws(error, 'ParameterNotFound')) throw error;
  }
  return versions.sort((a, b) => a.version - b.version);
}

/** All values of the parameter (SSM keeps 100), oldest first; empty if it does not exist. */
export async function readHistory(aws: Session, region: string, name: string): Promise<string[]> {
  return (await readVersions(aws, region, name)).map(({ value }) => value);
}

/**
 * Writes an AMI id. SSM answers before it checks the id, and silently discards a bad one (SSM API reference,
 * PutParameter, DataType), so the caller must read the value back.
 * @param description of this version in the history
 */
export async function putAmiParameter(
  aws: Session,
  region: string,
  name: string,
  id: string,
  description: string,
): Promise<void> {
  await put(aws, region, amiParameter(name, id, description));
}

/**
 * The same without retries. If the answer is lost, SSM may have accepted the write, and another process may have written
 * since, so the caller must read the parameter before it retries.
 * @throws BakeError; isTransient() says whether a retry can help
 */
export async function putAmiParameterOnce(
  aws: Session,
  region: string,
  name: string,
  id: string,
  description: string,
): Promise<void> {
  await aws.ssmOnce(region).send(new PutParameterCommand(amiParameter(name, id, description)));
}

function amiParameter(name: string, id: string, description: string): PutParameterCommandInput {
  return {
    Name: name,
    Value: id,
    Description: description,
    Type: 'String',
    DataType: 'aws:ec2:image',
    Overwrite: true,
  };
}

/** Creates a parameter if it does not exist, which is the only atomic test-and-set of SSM. @returns false if it existed */
export async function createParameter(
  aws: Session,
  region: string,
  name: string,
  value: string,
): Promise<boolean> {
  try {
    await put(aws, region, { Name: name, Value: value, Type: 'String', Overwrite: false });
    return true;
  } catch (error) {
    if (isAws(error, 'ParameterAlreadyExists')) return false;
    throw error;
  }
}

export async function overwriteParameter(
  aws: Session,
  region: string,
  name: string,
  value: string,
): Promise<void> {
  await put(aws, region, { Name: name, Value: value, Type: 'String', Overwrite: true });
}

/** Retries on TooManyUpdates, which means that another write of this parameter is in progress; the SDK does not retry it. */
async function put(aws: Session, region: string, input: PutParameterCommandInput): Promise<void> {
  let refused = new Error('not tried yet');
  await until<true>({
    aws,
    signal: NEVER,
    budgetMs: READ_BACK_MS,
    async look() {
      try {
        await aws.ssm(region).send(new PutParameterCommand(input));
        return true;
      } catch (error) {
        if (!isAws(error, 'TooManyUpdates')) throw error;
        refused = error as Error;
        return undefined;
      }
    },
    late: () => refused,
  });
}

/** A write is never aborted, because it would be unknown whether it took effect. */
const NEVER = new AbortController().signal;

/** Removes labels from a version; it is no error if the version does not have them. */
export async function unlabelVersion(
  aws: Session,
  region: string,
  name: string,
  of: Pick<ParameterHistoryEntry, 'version' | 'labels'>,
): Promise<void> {
  await aws.ssm(region).send(
    new UnlabelParameterVersionCommand({
      Name: name,
      ParameterVersion: of.version,
      Labels: [...of.labels],
    }),
  );
}

/** Puts labels on a version; SSM removes each label from the version that had it. */
export async function labelVersion(
  aws: Session,
  region: string,
  name: string,
  to: { version: number; labels: readonly string[] },
): Promise<void> {
  await aws.ssm(region).send(
    new LabelParameterVersionCommand({
      Name: name,
      ParameterVersion: to.version,
      Labels: [...to.labels],
    }),
  );
}

/** Deletes a parameter; it is no error if the parameter does not exist. */
export async function deleteParameter(aws: Session, region: string, name: string): Promise<void> {
  try {
    await aws.ssm(region).send(new DeleteParameterCommand({ Name: name }));
  } catch (error) {
    if (!isAws(error, 'ParameterNotFound')) throw error;
  }
}
