/**
 * Tests the CloudFormation templates: their policies equal those of `bake iam`, and nothing is public.
 * UPDATE_TEMPLATES=1 writes the policies into templates/aws/bakery.yaml.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { parse, stringify, type ScalarTag } from 'yaml';
import type { PolicyScope } from '../../src/aws/action-rows.ts';
import { iamPolicy } from '../../src/aws/actions.ts';
import { engines } from '../../src/engines/index.ts';
import { imageBuilderNeeds } from '../../src/engines/imagebuilder/needs.ts';
import { packerNeeds } from '../../src/engines/packer/needs.ts';
import { engineRows } from '../../src/engines/registry.ts';
import { mayRead } from '../../src/preflight/policy.ts';
import { repository } from '../support/project.ts';

const folder = path.join(repository, 'templates/aws');
const bakery = path.join(folder, 'bakery.yaml');
const scope: PolicyScope = {
  account: '${AWS::AccountId}',
  partition: '${AWS::Partition}',
  parameterPath: '${ParameterRoot}',
  prefix: '${Prefix}',
  role: '${BuilderProfile}',
  store: { bucket: '${Bucket}', prefix: '' },
  topic: '${Topic}',
  signingKey: '${SigningKey.Arn}',
};

/** A policy as in the template: indented by six spaces, with ARNs that CloudFormation fills in. */
function block(command: string, engine: string | undefined): string {
  const policy = iamPolicy(
    scope,
    command,
    engineRows(engines, command, engine === undefined ? [] : [engine]),
  );
  const text = stringify({ PolicyDocument: policy }, { lineWidth: 0, aliasDuplicateObjects: false });
  return text
    .replace(
      /^(\s*- )"?(arn:[^"\n]*|\$\{Topic\}|\$\{SigningKey\.Arn\})"?$/gm,
      (_, head: string, arn: string) => `${head}!Sub "${arn}"`,
    )
    .replace(/^(?=.)/gm, ' '.repeat(6));
}

const MARKED = /^( {6}# begin: (\w+)(?: (\w+))?\n)[^]*?(^ {6}# end$)/gm;

function withPolicies(text: string): string {
  return text.replace(
    MARKED,
    (_, head: string, command: string, engine: string | undefined, end: string) =>
      `${head}${block(command, engine)}${end}`,
  );
}

if (process.env['UPDATE_TEMPLATES'] === '1') {
  fs.writeFileSync(bakery, withPolicies(fs.readFileSync(bakery, 'utf8')));
}

/** The short forms of CloudFormation functions, as their full forms. */
const customTags = ['!Ref', '!Sub', '!GetAtt'].map((tag): ScalarTag => ({
  tag,
  resolve: (value) => `${tag} ${value}`,
}));
const sequences = ['!If', '!Equals', '!Not', '!Contains'].map((tag) => ({
  tag,
  collection: 'seq' as const,
}));

interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
}
const read = (name: string): { Resources: Record<string, Resource>; Outputs: object } =>
  parse(fs.readFileSync(path.join(folder, name), 'utf8'), {
    customTags: [...customTags, ...sequences],
  }) as never;

test('the policies of the roles equal those that bake iam prints', () => {
  const text = fs.readFileSync(bakery, 'utf8');
  expect([...text.matchAll(MARKED)].map((match) => `${match[2]} ${match[3] ?? ''}`.trim())).toEqual([
    'run imagebuilder',
    'run packer',
    'promote',
  ]);
  expect(text).toBe(withPolicies(text));
});

describe('the bakery', () => {
  const { Resources } = read('bakery.yaml');

  it('allows only one branch to bake, and only one environment to promote', () => {
    const subjects = ['BakeRole', 'PromoteRole'].map((name) => {
      const trust = JSON.stringify(Resources[name]?.Properties['AssumeRolePolicyDocument']);
      return /"token\.actions\.githubusercontent\.com:sub":"([^"]*)"/.exec(trust)?.[1];
    });
    expect(subjects).toEqual([
      '!Sub repo:${Repository}:ref:refs/heads/${Branch}',
      '!Sub repo:${Repository}:environment:${Environment}',
    ]);
  });

  it('keeps its bucket private, versioned and accessible only over TLS', () => {
    const bucket = Resources['Bucket']?.Properties ?? {};
    expect(Object.values(bucket['PublicAccessBlockConfiguration'] as object)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(bucket['VersioningConfiguration']).toEqual({ Status: 'Enabled' });
    expect(JSON.stringify(Resources['BucketPolicy'])).toContain('"aws:SecureTransport":"false"');
  });
});

describe('the network of the build instance', () => {
  const { Resources } = read('builder.yaml');
  const text = JSON.stringify(Resources);

  it('has an endpoint for each service that a build instance calls', () => {
    const served = Object.values(Resources)
      .filter(({ Type }) => Type === 'AWS::EC2::VPCEndpoint')
      .map(({ Properties }) => String(Properties['ServiceName']).split('.').at(-1));
    for (const { services } of [imageBuilderNeeds({}, 'eu-west-1'), packerNeeds({ ssh: 'session-manager' })])
      expect(served).toEqual(expect.arrayContaining([...services]));
    expect(served).toContain('s3');
  });

  it('has an S3 endpoint that allows the bucket of Image Builder, and not every bucket', () => {
    const policy = JSON.stringify(Resources['S3Endpoint']?.Properties['PolicyDocument'])
      .replaceAll('!Sub ', '')
      .replaceAll('${AWS::Partition}', 'aws')
      .replaceAll('${AWS::Region}', 'eu-west-1');
    for (const { name } of imageBuilderNeeds({}, 'eu-west-1').buckets)
      expect(mayRead(policy, 'aws', name)).toBe('allowed');
    expect(mayRead(policy, 'aws', 'somebody-elses')).toBe('denied');
  });

  it('accepts no inbound connections', () => {
    expect(text).not.toMatch(/0\.0\.0\.0\/0|::\/0|MapPublicIp|AssociatePublicIp|InternetGateway/);
  });
});
