/** Opens a sandbox account in a temporary folder, with SDK clients, and removes it after the test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ImagebuilderClient } from '@aws-sdk/client-imagebuilder';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { onTestFinished } from 'vitest';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/contract.ts';
import { openSandbox } from '../../src/sandbox/open.ts';

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bake-sandbox-'));
  afterTest(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs `work` after the test, before folders that were made earlier are removed. */
export function afterTest(end: () => Promise<void>): void {
  // Not afterEach: test files share their modules, so a hook would apply to the first file only.
  onTestFinished(end);
}

export interface Clients {
  ec2: EC2Client;
  ssm: SSMClient;
  sts: STSClient;
  imagebuilder: ImagebuilderClient;
  logs: CloudWatchLogsClient;
  kms: KMSClient;
  s3: S3Client;
}

export function clientsFor(endpoint: string, region = 'us-east-1', maxAttempts = 1): Clients {
  const config = {
    endpoint,
    region,
    maxAttempts,
    credentials: { accessKeyId: 'AKIDSANDBOX', secretAccessKey: 'sandbox' },
  };
  const clients = {
    ec2: new EC2Client(config),
    ssm: new SSMClient(config),
    sts: new STSClient(config),
    imagebuilder: new ImagebuilderClient(config),
    logs: new CloudWatchLogsClient(config),
    kms: new KMSClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
  };
  afterTest(async () => {
    for (const client of Object.values(clients)) client.destroy();
  });
  return clients;
}

/** Opens a new account. By default its builds run no scripts. */
export async function openAccount(
  options: Partial<SandboxOptions> = {},
): Promise<{ sandbox: Sandbox; state: string } & Clients> {
  const state = options.state ?? (await temporaryFolder());
  const sandbox = await openSandbox({ rehearse: 'off', ...options, state });
  afterTest(() => sandbox.close());
  return { sandbox, state, ...clientsFor(sandbox.endpoint) };
}

/** POSTs to a control path of the sandbox and returns the JSON response. */
export async function control(sandbox: Sandbox, what: string, body?: object): Promise<unknown> {
  const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const answer = await fetch(`${sandbox.endpoint}/_sandbox/${what}`, request);
  return answer.json();
}

/** The name of the error that a call rejects with; 'none' if it succeeds. */
export async function errorName(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'none';
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}
