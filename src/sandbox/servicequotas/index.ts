/** The part of Service Quotas that bake reads: how many vCPUs may run. */
import type { Call, Handlers } from '../call.ts';
import { pageOf } from '../paging.ts';
import { AwsError } from '../wire/aws-error.ts';

export const handlers: Handlers = { GetServiceQuota: getServiceQuota, ListServiceQuotas: listServiceQuotas };

/** Quota code → name and value (Service Quotas console, "Amazon EC2"); the values are those of a new account. */
const EC2_QUOTAS: Readonly<Record<string, readonly [name: string, value: number]>> = {
  'L-1216C47A': ['Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances', 64],
  'L-417A185B': ['Running On-Demand P instances', 0],
  'L-7295265B': ['Running On-Demand X instances', 0],
  'L-74FC7D96': ['Running On-Demand F instances', 0],
  'L-DB2E81BA': ['Running On-Demand G and VT instances', 0],
  'L-F7808C92': ['Running On-Demand HPC instances', 192],
};

function getServiceQuota(input: { ServiceCode: string; QuotaCode: string }, call: Call): object {
  const { ServiceCode: service, QuotaCode: code } = input;
  if (service !== 'ec2' || !Object.hasOwn(EC2_QUOTAS, code)) {
    throw new AwsError(
      'NoSuchResourceException',
      'The request failed because the specified quota does not exist.',
    );
  }
  return { Quota: quotaOf(code, call) };
}

function listServiceQuotas(
  input: { ServiceCode: string; MaxResults?: number; NextToken?: string },
  call: Call,
): object {
  if (input.ServiceCode !== 'ec2') {
    throw new AwsError(
      'NoSuchResourceException',
      'The request failed because the specified service does not exist.',
    );
  }
  const page = pageOf(Object.keys(EC2_QUOTAS).sort(), (code) => code, {
    token: input.NextToken,
    size: input.MaxResults ?? 100,
    bad: () => new AwsError('InvalidPaginationTokenException', 'The pagination token is not valid.'),
  });
  return { Quotas: page.items.map((code) => quotaOf(code, call)), NextToken: page.token };
}

function quotaOf(code: string, call: Call): object {
  const [name, value] = EC2_QUOTAS[code] as readonly [string, number];
  return {
    ServiceCode: 'ec2',
    ServiceName: 'Amazon Elastic Compute Cloud (Amazon EC2)',
    QuotaArn: `arn:${call.partition}:servicequotas:${call.region}:${call.account}:ec2/${code}`,
    QuotaCode: code,
    QuotaName: name,
    Value: value,
    Unit: 'None',
    Adjustable: true,
    GlobalQuota: false,
  };
}
