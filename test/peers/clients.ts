/** Finds boto3 and the AWS CLI: in the folder that BAKERY_PEERS names, else where scripts/ci-setup puts them. */
import { existsSync } from 'node:fs';
import path from 'node:path';

const bin = process.env['BAKERY_PEERS'] ?? path.resolve(import.meta.dirname, '../../.cache/peers/bin');

/** `python` of a virtual environment with boto3, and `aws`. */
export const python = path.join(bin, 'python');
export const aws = path.join(bin, 'aws');

/** Why the clients cannot be used, undefined when they can. Under CI they must be there. */
export function clientsMissing(): string | undefined {
  const missing = [python, aws].filter((file) => !existsSync(file));
  if (missing.length === 0) return undefined;
  const reason = `${missing.join(' and ')} not there: scripts/ci-setup installs them, or set BAKERY_PEERS`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return reason;
}

/** An environment in which no client can meet real AWS or the user's own settings. */
export function clientEnvironment(endpoint: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: '/nonexistent',
    AWS_ACCESS_KEY_ID: 'AKIDSANDBOX',
    AWS_SECRET_ACCESS_KEY: 'sandbox',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: endpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    NO_PROXY: '127.0.0.1',
  };
}
