/** Owns the SSM calls: AMI parameters with their history, and the small JSON ones that serve as leases. */
import {
  DeleteParameterCommand,
  GetParametersCommand,
  PutParameterCommand,
  paginateGetParameterHistory,
  paginateGetParametersByPath,
} from '@aws-sdk/client-ssm';
import { isAws } from './errors.ts';
import type { Session } from './session.ts';

/** GetParameters takes at most ten names (SSM API reference). */
const NAMES_PER_CALL = 10;

/** Current values by name; names that do not exist are not in the map. */
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

/** Every parameter below a path, by name. */
export async function readPath(aws: Session, region: string, path: string): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  const pages = paginateGetParametersByPath({ client: aws.ssm(region) }, { Path: path, Recursive: true });
  for await (const page of pages) {
    for (const parameter of page.Parameters ?? []) values.set(parameter.Name ?? '', parameter.Value ?? '');
  }
  return values;
}

/** Every value the parameter ever had (SSM keeps 100), oldest first; empty when it does not exist. */
export async function readHistory(aws: Session, region: string, name: string): Promise<string[]> {
  const values: string[] = [];
  try {
    for await (const page of paginateGetParameterHistory({ client: aws.ssm(region) }, { Name: name })) {
      values.push(...(page.Parameters ?? []).map((version) => version.Value ?? ''));
    }
  } catch (error) {
    if (!isAws(error, 'ParameterNotFound')) throw error;
  }
  return values;
}

/**
 * Writes an AMI id. SSM answers before it has checked the id and drops a bad one silently (SSM API reference,
 * PutParameter, DataType), so the caller must read it back.
 */
export async function putAmiParameter(aws: Session, region: string, name: string, id: string): Promise<void> {
  await aws.ssm(region).send(
    new PutParameterCommand({
      Name: name,
      Value: id,
      Type: 'String',
      DataType: 'aws:ec2:image',
      Overwrite: true,
    }),
  );
}

/** Creates a parameter if it does not exist: SSM's one atomic test-and-set. @returns false when it existed */
export async function createParameter(
  aws: Session,
  region: string,
  name: string,
  value: string,
): Promise<boolean> {
  try {
    await aws
      .ssm(region)
      .send(new PutParameterCommand({ Name: name, Value: value, Type: 'String', Overwrite: false }));
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
  await aws
    .ssm(region)
    .send(new PutParameterCommand({ Name: name, Value: value, Type: 'String', Overwrite: true }));
}

/** Deletes a parameter; one that is gone already is fine. */
export async function deleteParameter(aws: Session, region: string, name: string): Promise<void> {
  try {
    await aws.ssm(region).send(new DeleteParameterCommand({ Name: name }));
  } catch (error) {
    if (!isAws(error, 'ParameterNotFound')) throw error;
  }
}
