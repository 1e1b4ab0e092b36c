/** Makes small builds and a sandbox account to bake them in, for the tests of the Image Builder engine. */
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { openSession, type Session } from '../../../src/aws/session.ts';
import type { BakeContext } from '../../../src/engines/engine.ts';
import type { ImageBuilderBuild, ImageBuilderSettings } from '../../../src/engines/imagebuilder/section.ts';
import type { BakeEvent } from '../../../src/events/events.ts';
import { headerLine } from '../../../src/image/header.ts';
import type { Reports } from '../../../src/image/report.ts';
import type { Step, VerifyRow } from '../../../src/image/step.ts';
import { seedIds } from '../../../src/sandbox/seed.ts';
import { openStore } from '../../../src/store/store.ts';
import { sha256 } from '../../../src/util/sha256.ts';
import { afterTest, openAccount } from '../../sandbox/account.ts';

export const BUCKET = 'bakery-test';
export const STAGING = `s3://${BUCKET}/store`;
export const anyone = { accessKeyId: 'test', secretAccessKey: 'test' };

/** A script with the header and report line of every rendered script, and about `size` characters of comments. */
export function script(kind: 'step' | 'row', id: string, body = 'true', size = 0): string {
  const ballast = Array.from({ length: Math.ceil(size / 100) }, (_, i) => `# ${String(i).padStart(97, 'x')}`);
  const lines = [headerLine({ kind, id }), ...ballast, body, 'code=$?'];
  const outcome = '$([ "$code" -eq 0 ] && echo passed || echo failed)';
  return [...lines, `echo "bake-report ${kind} ${id} ${outcome} - -"`, 'exit "$code"', ''].join('\n');
}

export function step(id: string, body?: string, size?: number): Step {
  return { id, title: id, needs: {}, script: script('step', id, body, size) };
}

export function row(id: string, body?: string, size?: number): VerifyRow {
  const about = { title: id, because: 'of the test', command: 'true', expected: 'true' };
  return { id, ...about, needs: {}, script: script('row', id, body, size) };
}

export function makeBuild(
  what: { steps: Step[]; rows: VerifyRow[] },
  settings: Partial<ImageBuilderSettings> = {},
): ImageBuilderBuild {
  const fingerprint = `sha256:${sha256(JSON.stringify(what))}`;
  const nothing = { workflows: [], executionRole: undefined, topic: undefined, staging: STAGING };
  return {
    label: 'rocky9 x86_64',
    key: 'rocky9-x86_64-3.16.3',
    region: 'us-east-1',
    os: 'rocky9',
    arch: 'x86_64',
    parallelcluster: '3.16.3',
    user: 'rocky',
    base: { id: seedIds.base(), description: 'base', rootDevice: '/dev/sda1', sizeGiB: undefined },
    name: `bakery-rocky9-x86_64-3.16.3-${fingerprint.slice(7, 19)}`,
    fingerprint,
    prefix: 'bakery',
    recipe: 'recipes/test.yaml',
    ...what,
    builder: {
      instanceType: 'c5.xlarge',
      instanceProfile: 'builder',
      subnet: 'subnet-0123456789abcdef0',
      securityGroups: ['sg-0123456789abcdef0'],
      volumeSize: undefined,
      kmsKey: undefined,
      tags: { FirewallPolicy: 'mirrors-only' },
    },
    settings: { ...nothing, ...settings },
  };
}

export interface Bench extends Awaited<ReturnType<typeof openAccount>> {
  aws: Session;
  events: BakeEvent[];
  heard: Reports[];
  stop: AbortController;
  context(build: ImageBuilderBuild): Promise<BakeContext>;
}

/** Opens an account with a bucket, and makes the context that an engine gets. */
export async function openBench(
  options: Parameters<typeof openAccount>[0] = {},
  endpointOf = (endpoint: string): Promise<string> => Promise.resolve(endpoint),
): Promise<Bench> {
  const account = await openAccount(options);
  const endpoint = await endpointOf(account.sandbox.endpoint);
  const s3 = new S3Client({
    endpoint: account.sandbox.endpoint,
    region: 'us-east-1',
    credentials: anyone,
    forcePathStyle: true,
  });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const aws = openSession({ env: {}, endpoint, credentials: anyone });
  afterTest(async () => {
    s3.destroy();
    aws.close();
  });
  const events: BakeEvent[] = [];
  const heard: Reports[] = [];
  const stop = new AbortController();
  const store = await openStore(STAGING, { aws, region: 'us-east-1', folder: '/nonexistent' });
  return {
    ...account,
    aws,
    events,
    heard,
    stop,
    context: (build) =>
      Promise.resolve({
        aws,
        account: account.sandbox.account,
        partition: 'aws',
        run: 'run1',
        tags: { 'bakery:fingerprint': build.fingerprint, 'bakery:run': 'run1' },
        folder: '/nonexistent',
        store,
        rebake: false,
        emit: (event: BakeEvent) => void events.push(event),
        signal: stop.signal,
        heard: (said: Reports) => {
          heard.push(said);
          return Promise.resolve();
        },
        remember: () => undefined,
      } as BakeContext),
  };
}
