/** Finds boto3 and the AWS CLI: in the folder that BAKERY_PEERS names, else where scripts/ci-setup puts them. */
import { existsSync } from 'node:fs';
import path from 'node:path';

const bin = process.env['BAKERY_PEERS'] ?? path.resolve(import.meta.dirname, '../../.cache/peers/bin');

/** The folder with `python` of a virtual environment that has boto3, and `aws`. */
export const python = path.join(bin, 'python');
export const aws = path.join(bin, 'aws');

/** The reason why the clients cannot be used, or undefined if they can. CI must have them. */
export function clientsMissing(): string | undefined {
  const missing = [python, aws].filter((file) => !existsSync(file));
  if (missing.length === 0) return undefined;
  const reason = `${missing.join(' and ')} missing: scripts/ci-setup installs them, or set BAKERY_PEERS`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return reason;
}

/** An environment in which no client reaches real AWS or reads the user's own settings. */
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
