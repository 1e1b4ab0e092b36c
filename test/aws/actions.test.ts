/** Tests that the table of IAM actions lists exactly the calls of the code, and that policies fit into IAM. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { actionsOf, commandParts, iamPolicy } from '../../src/aws/actions.ts';
import { engines } from '../../src/engines/index.ts';
import { engineRows } from '../../src/engines/registry.ts';

const source = path.resolve(import.meta.dirname, '../../src');
/** SDK package → the prefix of its IAM actions. */
const SERVICES: Record<string, string> = {
  'client-ec2': 'ec2',
  'client-ssm': 'ssm',
  'client-sts': 'sts',
  'client-imagebuilder': 'imagebuilder',
  'client-cloudwatch-logs': 'logs',
  'client-iam': 'iam',
  'client-service-quotas': 'servicequotas',
  'client-s3': 's3',
  'client-kms': 'kms',
  'client-sns': 'sns',
};
/** Calls whose IAM action has another name (Service Authorization Reference). */
const RENAMED: Record<string, string> = {
  's3:HeadObject': 's3:GetObject',
  's3:HeadBucket': 's3:ListBucket',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:CreateMultipartUpload': 's3:PutObject',
  's3:UploadPart': 's3:PutObject',
  's3:CompleteMultipartUpload': 's3:PutObject',
  's3:CopyObject': 's3:PutObject',
  's3:DeleteObjects': 's3:DeleteObject',
};

function callsOf(text: string): string[] {
  const found: string[] = [];
  for (const match of text.matchAll(/import \{([^}]*)\} from '@aws-sdk\/([a-z0-9-]+)'/g)) {
    const service = SERVICES[match[2] ?? ''];
    for (const name of (match[1] ?? '').split(',').map((one) => one.trim())) {
      const call =
        /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? /^(?:paginate|waitUntil)([A-Z]\w+)$/.exec(name)?.[1];
      if (service !== undefined && call !== undefined) found.push(`${service}:${call}`);
    }
  }
  return found.map((call) => RENAMED[call] ?? call);
}

const called = new Set(
  fs
    .readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('sandbox'))
    .flatMap((file) => callsOf(fs.readFileSync(path.join(source, file), 'utf8'))),
);
/** The rows of every command, whichever engine bakes. */
const rows = Object.keys(commandParts).flatMap((command) =>
  actionsOf(command, engineRows(engines, command, Object.keys(engines))),
);

function policyOf(command: string, used: string[]) {
  return iamPolicy(scope, command, engineRows(engines, command, used));
}

const scope = {
  account: '111122223333',
  partition: 'aws-us-gov',
  parameterPath: '/hpc/ami/',
  prefix: 'bakery',
  role: 'builder',
  engineRoles: ['execution'],
  store: { bucket: 'corp-bakery', prefix: 'hpc/' },
  publishRole: 'arn:aws-us-gov:iam::*:role/bakery-publish',
  topic: 'arn:aws-us-gov:sns:us-gov-west-1:111122223333:bakery',
  signingKey: 'arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/00000000-0000-0000-0000-000000000000',
};

describe('the table of IAM actions', () => {
  it('contains each call that the code makes', () => {
    const listed = new Set(rows.flatMap((row) => row.actions));
    expect(called.size).toBeGreaterThan(30);
    expect([...called].filter((call) => !listed.has(call)).sort()).toEqual([]);
  });

  it('contains no other call, except those that other programs make with our permissions', () => {
    const own = rows.filter((row) => row.by === undefined).flatMap((row) => row.actions);
    expect([...new Set(own)].filter((action) => !called.has(action)).sort()).toEqual([]);
  });
});

describe('a policy', () => {
  it.each(Object.keys(commandParts))('of %s fits into one managed policy of IAM', (command) => {
    for (const engine of Object.keys(engines)) {
      const text = JSON.stringify(policyOf(command, [engine]));
      // IAM user guide, "IAM and AWS STS quotas": characters without white space.
      expect(text.replace(/\s/g, '').length).toBeLessThanOrEqual(6144);
      expect(text).not.toContain('undefined');
      expect(text).not.toContain('arn:aws:');
    }
  });

  it('uses no wildcard for a resource that can be named', () => {
    const { Statement } = policyOf('run', ['imagebuilder']);
    const everything = Statement.filter(({ Resource }) => Resource.includes('*')).flatMap(
      ({ Action }) => Action,
    );
    expect(everything.filter((action) => !/:(Describe|Get|List)/.test(action))).toEqual([]);
    const text = JSON.stringify(Statement);
    expect(text).toContain('arn:aws-us-gov:ssm:*:111122223333:parameter/hpc/ami/*');
    expect(text).toContain('arn:aws-us-gov:imagebuilder:*:111122223333:image/bakery-*');
    expect(text).toContain('arn:aws-us-gov:s3:::corp-bakery/hpc/*');
  });

  it('allows Packer to stop only instances of a run', () => {
    const { Statement } = policyOf('run', ['packer']);
    const ending = Statement.filter(({ Action }) => Action.includes('ec2:TerminateInstances'));
    expect(ending).not.toEqual([]);
    for (const { Condition } of ending) {
      expect(Condition).toEqual({ StringLike: { 'aws:ResourceTag/bakery:run': '*' } });
    }
  });

  it.each(['imagebuilder', 'packer'])('of verify is for Packer if %s bakes', (engine) => {
    const names = policyOf('verify', [engine]).Statement.flatMap(({ Action }) => Action);
    expect(names).toEqual(expect.arrayContaining(['ec2:RunInstances', 'kms:CreateGrant']));
    expect(names.filter((name) => name.startsWith('imagebuilder:'))).toEqual([]);
  });

  it.each(['publish', 'promote'])('of %s allows copies of encrypted images', (command) => {
    const names = policyOf(command, []).Statement.flatMap(({ Action }) => Action);
    expect(names).toEqual(expect.arrayContaining(['ec2:CopyImage', 'kms:CreateGrant']));
  });

  it('of rollback writes parameters and removes deprecation dates, nothing else', () => {
    const names = policyOf('rollback', []).Statement.flatMap(({ Action }) => Action);
    const writes = names.filter((name) => !/:(AssumeRole|Describe|Get|List)/.test(name));
    expect(writes.filter((name) => name !== 'sns:Publish').sort()).toEqual([
      'ec2:DisableImageDeprecation',
      // Its lease.
      'ssm:DeleteParameter',
      'ssm:LabelParameterVersion',
      'ssm:PutParameter',
      'ssm:UnlabelParameterVersion',
    ]);
  });

  it('of plan writes nothing', () => {
    const { Statement } = policyOf('plan', []);
    const writes = Statement.flatMap(({ Action }) => Action).filter(
      (action) => !/:(AssumeRole|Describe|Get|List|Simulate)/.test(action),
    );
    expect(writes).toEqual([]);
  });
});
