/** Makes the Service Quotas calls. */
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { tryRead, type ReadResult } from './ask.ts';
import type { Session } from './session.ts';

/** The number of vCPUs of an EC2 quota such as L-1216C47A; the value is null if the account has no such quota. */
export function readVcpuQuota(aws: Session, region: string, code: string): Promise<ReadResult<number>> {
  const quotas = aws.client('servicequotas', region, (config) => new ServiceQuotasClient(config));
  return tryRead(`quota ${code}`, ['NoSuchResourceException'], async (abortSignal) => {
    const command = new GetServiceQuotaCommand({ ServiceCode: 'ec2', QuotaCode: code });
    return (await quotas.send(command, { abortSignal })).Quota?.Value ?? 0;
  });
}
