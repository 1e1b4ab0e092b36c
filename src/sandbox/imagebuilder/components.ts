/** Creates, reads, lists and deletes components: immutable versions of a component document. */
import type { Call } from '../call.ts';
import { oncePerToken } from '../once.ts';
import { objectAt } from '../s3/rows.ts';
import { getRow, rowKey, listRows, putRow, type ComponentRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import {
  alreadyExists,
  arnMatches,
  imageBuilderArn,
  checkVersion,
  dryRunEnd,
  invalidValue,
  latestReferences,
  notFound,
} from './arn.ts';
import { readDocument, type ComponentDocument } from './document.ts';
import { findVersioned, listPage, type ListInput } from './listing.ts';

interface CreateInput {
  name: string;
  semanticVersion: string;
  description?: string;
  changeDescription?: string;
  platform: string;
  supportedOsVersions?: string[];
  data?: string;
  uri?: string;
  tags?: Record<string, string>;
  clientToken: string;
  dryRun?: boolean;
}

export function createComponent(input: CreateInput, call: Call): object {
  const { data, document } = documentOf(input, call);
  checkVersion(input.semanticVersion);
  return oncePerToken(call, input.clientToken, input, 'IdempotentParameterMismatchException', () => {
    const builds = buildsOf(call, input.name, input.semanticVersion);
    const same = builds.find((row) => row.data === data && row.platform === input.platform);
    if (same) throw alreadyExists('Component', same.arn);
    const build = Math.max(0, ...builds.map((row) => row.build)) + 1;
    const arn = imageBuilderArn(call, 'component', input.name, input.semanticVersion, build);
    if (input.dryRun === true) throw dryRunEnd();
    const onlyTest = document.phases.every((phase) => phase.name === 'test');
    putRow(call.state, 'component', rowKey(call.region, arn), {
      arn,
      region: call.region,
      name: input.name,
      version: input.semanticVersion,
      build,
      type: onlyTest ? 'TEST' : 'BUILD',
      platform: input.platform,
      data,
      description: input.description,
      changeDescription: input.changeDescription,
      supportedOsVersions: input.supportedOsVersions,
      parameters: document.parameters.map(({ name, type, defaultValue, description }) => ({
        name,
        type,
        defaultValue: defaultValue === undefined ? undefined : [defaultValue],
        description,
      })),
      tags: input.tags ?? {},
      createdAt: call.now.toISOString(),
    });
    return {
      requestId: call.requestId,
      clientToken: input.clientToken,
      componentBuildVersionArn: arn,
      latestVersionReferences: latestReferences(arn),
    };
  });
}

/** Image Builder quotas, "Component size". */
const MAX_BYTES = 64 * 1024;

function fromS3(uri: string, call: Call): string {
  const object = objectAt(call.state, uri);
  if (!object) throw invalidValue('uri', `There is no object ${uri}, or this account cannot read it.`);
  if (object.size > MAX_BYTES) {
    throw new AwsError(
      'ServiceQuotaExceededException',
      `The component document is ${object.size} bytes; at most ${MAX_BYTES} are allowed.`,
      402,
    );
  }
  return call.files.read(object.sha256).toString('utf8');
}

function documentOf(input: CreateInput, call: Call): { data: string; document: ComponentDocument } {
  if ((input.data === undefined) === (input.uri === undefined)) {
    throw new AwsError(
      'InvalidParameterCombinationException',
      'You must specify exactly one of the parameters data and uri.',
    );
  }
  const data = input.data ?? fromS3(input.uri as string, call);
  const document = readDocument(data);
  if ('error' in document)
    throw invalidValue('data', `The component document is not valid: ${document.error}.`);
  return { data, document };
}

function buildsOf(call: Call, name: string, version: string): ComponentRow[] {
  const prefix = `${imageBuilderArn(call, 'component', name, version)}/`;
  return listRows(call.state, 'component', call.region).filter((row) => row.arn.startsWith(prefix));
}

/** Finds the newest component that matches a build version ARN, a version ARN or a wildcard. @throws AwsError */
export function findComponent(call: Pick<Call, 'state' | 'region'>, arn: string): ComponentRow {
  return findVersioned(call, 'component', 'component', arn);
}

export function getComponent(input: { componentBuildVersionArn: string }, call: Call): object {
  const row = findComponent(call, input.componentBuildVersionArn);
  return {
    requestId: call.requestId,
    component: { ...write(row, call), data: row.data, encrypted: true, parameters: row.parameters },
    latestVersionReferences: latestReferences(row.arn),
  };
}

function write(row: ComponentRow, call: Call): object {
  return {
    arn: row.arn,
    name: row.name,
    version: row.version,
    description: row.description,
    changeDescription: row.changeDescription,
    type: row.type,
    platform: row.platform,
    supportedOsVersions: row.supportedOsVersions,
    state: { status: 'ACTIVE' },
    owner: call.account,
    dateCreated: row.createdAt,
    tags: row.tags,
  };
}

const fields = {
  name: (row: ComponentRow) => row.name,
  platform: (row: ComponentRow) => row.platform,
  type: (row: ComponentRow) => row.type,
  version: (row: ComponentRow) => row.version,
  description: (row: ComponentRow) => row.description ?? '',
};

export function listComponents(input: ListInput, call: Call): object {
  const versions = new Map<string, ComponentRow>();
  for (const row of listRows(call.state, 'component', call.region)) versions.set(versionArn(row), row);
  const page = listPage([...versions.values()], versionArn, input, fields);
  const written = page.items.map((row) => ({ ...write(row, call), arn: versionArn(row), status: 'ACTIVE' }));
  return { requestId: call.requestId, componentVersionList: written, nextToken: page.token };
}

export function listComponentBuildVersions(
  input: ListInput & { componentVersionArn?: string },
  call: Call,
): object {
  const { componentVersionArn: wanted } = input;
  const rows = listRows(call.state, 'component', call.region).filter(
    (row) => wanted === undefined || arnMatches(wanted, row.arn),
  );
  const page = listPage(rows, (row) => row.arn, input, fields);
  return {
    requestId: call.requestId,
    componentSummaryList: page.items.map((row) => write(row, call)),
    nextToken: page.token,
  };
}

function versionArn(row: ComponentRow): string {
  return row.arn.slice(0, row.arn.lastIndexOf('/'));
}

export function deleteComponent(input: { componentBuildVersionArn: string }, call: Call): object {
  const { componentBuildVersionArn: arn } = input;
  if (!getRow(call.state, 'component', rowKey(call.region, arn))) throw notFound('component', arn);
  const user = listRows(call.state, 'recipe', call.region).find((recipe) =>
    recipe.request.components?.some((component) => arnMatches(component.componentArn, arn)),
  );
  if (user)
    throw new AwsError(
      'ResourceDependencyException',
      `Resource dependency error: The resource ARN '${arn}' has other resources depended on it: ${user.arn}.`,
    );
  call.state.remove('component', rowKey(call.region, arn));
  return { requestId: call.requestId, componentBuildVersionArn: arn };
}
