/** Infrastructure and distribution configurations: mutable resources; an update replaces the whole configuration. */
import { supportedRegions } from '../../os/releases.ts';
import type { Call, Handler } from '../call.ts';
import { oncePerToken } from '../once.ts';
import { getRow, rowKey, listRows, putRow, type ConfigurationRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { alreadyExists, imageBuilderArn, dryRunEnd, invalidValue, notFound } from './arn.ts';
import { listPage, type ListInput } from './listing.ts';

type Table = 'infrastructure' | 'distribution';

interface Kind {
  table: Table;
  /** Resource type in the ARN. */
  arnPart: string;
  /** Member that contains the ARN in requests and responses. */
  arnMember: string;
  /** Member that contains the resource in responses of Get*. */
  member: string;
  /** Member that contains the resources in responses of List*. */
  listMember: string;
  title: string;
  check(request: Record<string, unknown>, call: Call): void;
  /** Members that the service adds to the response. */
  extra: (row: ConfigurationRow) => object;
}

interface Request extends Record<string, unknown> {
  name?: string;
  clientToken: string;
  dryRun?: boolean;
  tags?: Record<string, string>;
}

export interface Distribution {
  region: string;
  amiDistributionConfiguration?: AmiDistribution;
  containerDistributionConfiguration?: object;
  launchTemplateConfigurations?: object[];
  s3ExportConfiguration?: object;
  ssmParameterConfigurations?: { parameterName: string; dataType?: string; amiAccountId?: string }[];
}

export interface AmiDistribution {
  name?: string;
  description?: string;
  targetAccountIds?: string[];
  amiTags?: Record<string, string>;
  kmsKeyId?: string;
  launchPermission?: {
    userIds?: string[];
    userGroups?: string[];
    organizationArns?: string[];
    organizationalUnitArns?: string[];
  };
}

export const BUILD_DATE = /\{\{\s*imagebuilder:buildDate\s*\}\}/;

const infrastructure: Kind = {
  table: 'infrastructure',
  arnPart: 'infrastructure-configuration',
  arnMember: 'infrastructureConfigurationArn',
  member: 'infrastructureConfiguration',
  listMember: 'infrastructureConfigurationSummaryList',
  title: 'InfrastructureConfiguration',
  check(request, call) {
    checkTopic(request['snsTopicArn'] as string | undefined, call);
    // Image Builder API reference, CreateInfrastructureConfiguration: a subnet needs security groups of its VPC.
    if (
      request['subnetId'] !== undefined &&
      (request['securityGroupIds'] as string[] | undefined)?.length === undefined
    ) {
      throw new AwsError(
        'InvalidParameterCombinationException',
        'When a subnetId is specified, securityGroupIds must be specified, too.',
      );
    }
  },
  extra: () => ({}),
};

/** The topic must exist when the configuration is created; the model's pattern already refuses FIFO topics. */
function checkTopic(arn: string | undefined, call: Call): void {
  if (arn === undefined) return;
  const [, , , region = '', account, name = ''] = arn.split(':');
  const topic = account === call.account && getRow(call.state, 'topic', rowKey(region, name));
  if (!topic || region !== call.region)
    throw invalidValue('snsTopicArn', `The topic ${arn} does not exist in ${call.region}.`);
}

const distribution: Kind = {
  table: 'distribution',
  arnPart: 'distribution-configuration',
  arnMember: 'distributionConfigurationArn',
  member: 'distributionConfiguration',
  listMember: 'distributionConfigurationSummaryList',
  title: 'DistributionConfiguration',
  check(request) {
    const distributions = request['distributions'] as Distribution[];
    const names = distributions.map((one) => one.region);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined)
      throw invalidValue('distributions', `The Region ${twice} is listed more than once.`);
    distributions.forEach(checkDistribution);
  },
  extra: (row) => ({
    timeoutMinutes: 30,
    regions: (row.request['distributions'] as Distribution[]).map((one) => one.region),
  }),
};

function checkDistribution(one: Distribution, i: number): void {
  const at = `distributions[${i}]`;
  if (!Object.hasOwn(supportedRegions, one.region))
    throw invalidValue(`${at}.region`, `The sandbox does not have the Region ${one.region}.`);
  const { name } = one.amiDistributionConfiguration ?? {};
  if (name !== undefined && !BUILD_DATE.test(name)) {
    throw invalidValue(
      `${at}.amiDistributionConfiguration.name`,
      'The AMI name must contain {{ imagebuilder:buildDate }}.',
    );
  }
  for (const what of [
    'containerDistributionConfiguration',
    'launchTemplateConfigurations',
    's3ExportConfiguration',
  ] as const) {
    if (one[what] !== undefined) throw invalidValue(`${at}.${what}`, 'The sandbox distributes AMIs only.');
  }
}

/** The create, get, list, update and delete operations of one kind of configuration. */
function operationsOf(kind: Kind): {
  create: Handler;
  get: Handler;
  list: Handler;
  update: Handler;
  remove: Handler;
} {
  const key = (call: Call, arn: string): string => rowKey(call.region, arn);

  function find(input: Record<string, unknown>, call: Call): ConfigurationRow {
    const arn = String(input[kind.arnMember]);
    const row = getRow(call.state, kind.table, key(call, arn));
    if (!row) throw notFound(kind.title, arn);
    return row;
  }
  const write = (row: ConfigurationRow): object => written(kind, row);

  return {
    create(input: Request, call: Call) {
      return oncePerToken(call, input.clientToken, input, 'IdempotentParameterMismatchException', () => {
        const { clientToken, dryRun, tags, ...request } = input;
        const arn = imageBuilderArn(call, kind.arnPart, String(request.name));
        if (getRow(call.state, kind.table, key(call, arn))) throw alreadyExists(kind.title, arn);
        kind.check(request, call);
        if (dryRun === true) throw dryRunEnd();
        putRow(call.state, kind.table, key(call, arn), {
          arn,
          region: call.region,
          name: String(request.name),
          request,
          tags: tags ?? {},
          createdAt: call.now.toISOString(),
        });
        return { requestId: call.requestId, clientToken, [kind.arnMember]: arn };
      });
    },
    get(input: Record<string, unknown>, call: Call) {
      return { requestId: call.requestId, [kind.member]: write(find(input, call)) };
    },
    list(input: ListInput, call: Call) {
      const rows = listRows(call.state, kind.table, call.region);
      const page = listPage(rows, (row) => row.arn, input, { name: (row) => row.name });
      return { requestId: call.requestId, [kind.listMember]: page.items.map(write), nextToken: page.token };
    },
    update(input: Request, call: Call) {
      const row = find(input, call);
      const { clientToken, [kind.arnMember]: arn, dryRun: _, tags: __, ...request } = input;
      kind.check(request, call);
      putRow(call.state, kind.table, key(call, row.arn), {
        ...row,
        request,
        updatedAt: call.now.toISOString(),
      });
      return { requestId: call.requestId, clientToken, [kind.arnMember]: arn };
    },
    remove(input: Record<string, unknown>, call: Call) {
      const row = find(input, call);
      const user = listRows(call.state, 'pipeline', call.region).find(({ request }) =>
        [request.infrastructureConfigurationArn, request.distributionConfigurationArn].includes(row.arn),
      );
      if (user) {
        throw new AwsError(
          'ResourceDependencyException',
          `Resource dependency error: The resource ARN '${row.arn}' has other resources depended on it: ${user.arn}.`,
        );
      }
      call.state.remove(kind.table, key(call, row.arn));
      return { requestId: call.requestId, [kind.arnMember]: row.arn };
    },
  };
}

export const infrastructures = operationsOf(infrastructure);
export const distributions = operationsOf(distribution);

/** The configuration as Get* returns it, for GetImage. */
export function writeConfiguration(row: ConfigurationRow, table: Table): object {
  const kind = table === 'distribution' ? distribution : infrastructure;
  return written(kind, row);
}

function written(kind: Pick<typeof distribution, 'extra'>, row: ConfigurationRow): object {
  return {
    ...row.request,
    ...kind.extra(row),
    arn: row.arn,
    name: row.name,
    dateCreated: row.createdAt,
    dateUpdated: row.updatedAt,
    tags: row.tags,
  };
}
