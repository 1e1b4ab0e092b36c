/** Tests the template: what follows the channel, what stays, and the resources around the config. */
import { describe, expect, test } from 'vitest';
import { parse, type ScalarTag } from 'yaml';
import { innerConfig, PLACEHOLDER } from '../../src/template/inner.ts';
import type { TemplateRequest } from '../../src/template/follow.ts';
import { clusterTemplate, type ClusterTemplate } from '../../src/template/template.ts';
import { BakeError, errorsOf } from '../../src/errors/bake-error.ts';
import type { ImageFamily } from '../../src/os/family.ts';
import { aliased, awsbatch, json, OLD, rootOnly } from './configs.ts';

const family: ImageFamily = { os: 'alinux2', arch: 'x86_64', parallelcluster: '3.15.1' };

function wrap(config: string, more: Partial<TemplateRequest> = {}): ClusterTemplate {
  return clusterTemplate({
    file: 'clusters/prod.yaml',
    bytes: Buffer.from(config),
    parallelcluster: '3.15.1',
    region: 'us-east-1',
    clusterName: 'prod',
    families: new Map([[OLD, family]]),
    parameterOf: ({ os, arch, parallelcluster }) => `/hpc/ami/stable/${os}/${arch}/${parallelcluster}`,
    includeRoot: false,
    ...more,
  });
}

const ref: ScalarTag = { tag: '!Ref', resolve: (name) => ({ Ref: name }) };
const getAtt = { tag: '!GetAtt', collection: 'seq', resolve: (items: unknown) => items } as const;
interface Parsed {
  Parameters: Record<string, Record<string, string>>;
  Resources: Record<
    string,
    {
      Type: string;
      DeletionPolicy?: string;
      UpdateReplacePolicy?: string;
      Properties: Record<string, unknown>;
    }
  >;
  Outputs: Record<string, { Value: unknown }>;
}
const parsed = ({ text }: ClusterTemplate): Parsed => parse(text, { customTags: [ref, getAtt] }) as Parsed;
const codes = (make: () => unknown): string[] => {
  try {
    make();
    return [];
  } catch (error) {
    return errorsOf(error).map(({ code }) => code);
  }
};

describe('around the config', () => {
  test('are the provider of the exact release and Region, and the resource, which is retained', () => {
    const { Resources, Outputs } = parsed(wrap(rootOnly));
    expect(Resources['PclusterClusterProvider']).toMatchObject({
      Type: 'AWS::CloudFormation::Stack',
      Properties: {
        TemplateURL:
          'https://us-east-1-aws-parallelcluster.s3.us-east-1.amazonaws.com/parallelcluster/3.15.1/templates/custom_resource/cluster.yaml',
      },
    });
    expect(Resources['PclusterCluster']).toMatchObject({
      Type: 'Custom::PclusterCluster',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { ClusterName: { Ref: 'ClusterName' }, DeletionPolicy: 'Retain' },
    });
    expect(Object.keys(Outputs)).toEqual(['HeadNodeInstanceId', 'HeadNodePrivateIp', 'ValidationMessages']);
    expect(JSON.stringify(Outputs)).not.toMatch(/public/i);
  });

  test('is a parameter for each image family, with the name of its channel', () => {
    const { parameters, text } = wrap(rootOnly);
    expect(parameters).toEqual([
      { name: 'ClusterName', default: 'prod' },
      { name: 'AmiAlinux2X8664', default: '/hpc/ami/stable/alinux2/x86_64/3.15.1' },
    ]);
    expect(parsed({ text } as ClusterTemplate).Parameters['AmiAlinux2X8664']).toMatchObject({
      Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>',
      Default: '/hpc/ami/stable/alinux2/x86_64/3.15.1',
    });
  });

  test('two families give two parameters', () => {
    const other = 'ami-0fedcba9876543210';
    const config = aliased('alinux2')
      .replace(`CustomAmi: "${OLD}"`, `CustomAmi: "${other}"`)
      .replace('Count: 0\n    InstanceType: c5.large', 'Count: 0\n    InstanceType: c6g.large');
    const families = new Map([
      [OLD, family],
      [other, { ...family, arch: 'arm64' }],
    ]);
    const { parameters, follows } = wrap(config, { families });
    expect(parameters.map(({ name }) => name)).toEqual(['ClusterName', 'AmiAlinux2Arm64', 'AmiAlinux2X8664']);
    expect(follows.find(({ scope }) => scope === 'login')).toMatchObject({
      from: other,
      parameter: 'AmiAlinux2Arm64',
    });
  });

  test.each([
    ['cn-north-1', 'https://cn-north-1-aws-parallelcluster.s3.cn-north-1.amazonaws.com.cn/'],
    ['us-gov-west-1', 'https://us-gov-west-1-aws-parallelcluster.s3.us-gov-west-1.amazonaws.com/'],
  ])('the address of the provider has the suffix of its partition: %s', (region, start) => {
    const { text } = wrap(awsbatch, { region });
    expect(text).toContain(`TemplateURL: ${start}`);
  });

  test('a cluster with Slurm accounting has a shorter name', () => {
    const config = rootOnly.replace(
      '    QueueUpdateStrategy: DRAIN',
      '    Database: {Uri: x}\n    QueueUpdateStrategy: DRAIN',
    );
    expect(wrap(rootOnly).text).toContain('AllowedPattern: ^[A-Za-z][A-Za-z0-9-]{0,59}$');
    expect(wrap(config).text).toContain('AllowedPattern: ^[A-Za-z][A-Za-z0-9-]{0,39}$');
  });

  test("a file's name cannot break out of its comment", () => {
    expect(() => parsed(wrap(rootOnly, { file: 'a\nb: c ü.yaml' }))).not.toThrow();
    expect(wrap(rootOnly, { file: 'a\nb.yaml' }).text.split('\n')[0]).toBe(
      '# Made by bake template from a?b.yaml. Change that file and run bake template again.',
    );
  });
});

describe('images', () => {
  test('of a config with only a root image: the root stays, and each queue gets an image that follows', () => {
    const template = wrap(rootOnly);
    expect(template.follows.map(({ path, line, from }) => [path, line, from])).toEqual([
      ['Scheduling.SlurmQueues[0].Image.CustomAmi', 27, OLD],
      ['Scheduling.SlurmQueues[1].Image.CustomAmi', 38, OLD],
    ]);
    expect(template.unresolved).toMatchObject([{ path: 'Image.CustomAmi', line: 5, column: 14, found: OLD }]);
    expect(template.text).toContain(
      '          - Name: q1     # short jobs\n            Image:\n              CustomAmi: !Ref AmiAlinux2X8664\n',
    );
    expect(template.text).toContain('fixed ids, because they cannot be updated on a live');
  });

  test('of queues and login pools follow, also through aliases; root and head node stay', () => {
    const template = wrap(aliased('alinux2'));
    expect(template.follows.map(({ path, scope }) => [path, scope])).toEqual([
      ['LoginNodes.Pools[0].Image.CustomAmi', 'login'],
      ['Scheduling.SlurmQueues[0].Image.CustomAmi', 'queue'],
      ['Scheduling.SlurmQueues[1].Image.CustomAmi', 'queue'],
      ['Scheduling.SlurmQueues[2].Image.CustomAmi', 'queue'],
      ['Scheduling.SlurmQueues[3].Image.CustomAmi', 'queue'],
    ]);
    expect(template.unresolved.map(({ path }) => path)).toEqual([
      'Image.CustomAmi',
      'HeadNode.Image.CustomAmi',
    ]);
    expect(template.warnings).toEqual([
      expect.stringContaining('QueueUpdateStrategy') as string,
      expect.stringContaining('1 login pool will follow') as string,
    ]);
  });

  test('of root and head node also follow with includeRoot, and queues inherit as before', () => {
    const template = wrap(rootOnly, { includeRoot: true });
    expect(template.follows.map(({ path }) => path)).toEqual(['Image.CustomAmi']);
    expect(template.unresolved).toEqual([]);
    expect(template.text).toContain('CustomAmi: !Ref AmiAlinux2X8664   # bakery-alinux2');
    expect(template.text).toContain('only possible for a new stack');
  });

  test.each([
    ['unknown', new Map<string, ImageFamily>(), /image family of this id is unknown/],
    ['official', new Map([[OLD, { ...family, official: true }]]), /official ParallelCluster image/],
    [
      'of another release',
      new Map([[OLD, { ...family, parallelcluster: '3.14.0' }]]),
      /ParallelCluster 3\.14\.0/,
    ],
    [
      'of another OS',
      new Map([[OLD, { ...family, os: 'rhel8' }]]),
      /is rhel8, this cluster's Image\.Os is alinux2/,
    ],
    [
      'of another Region',
      new Map([[OLD, { ...family, region: 'eu-west-1' }]]),
      /in eu-west-1, but this cluster is in us-east/,
    ],
  ])('that are %s stay, with the reason, and queues do not get them', (_what, families, reason) => {
    const template = wrap(rootOnly, { families });
    expect(template.follows).toEqual([]);
    expect(template.unresolved).toMatchObject([{ reason: expect.stringMatching(reason) as string }]);
    expect(template.warnings).toMatchObject([expect.stringContaining('nothing in the template follows')]);
  });

  test('of another Region stay, and the reason mentions --region if the config names none', () => {
    const families = new Map([[OLD, { ...family, region: 'eu-west-1' }]]);
    const { follows, unresolved } = wrap(aliased('alinux2'), { families });
    expect(follows).toEqual([]);
    expect(unresolved.map(({ reason }) => reason)).toContainEqual(
      expect.stringContaining('name the Region with --region'),
    );
  });

  test('of a queue with instances of another architecture stay, and the other queues follow', () => {
    const mixed = rootOnly.replace('      InstanceType: c5.large', '      InstanceType: c6g.large');
    const { follows, unresolved, text } = wrap(mixed);
    expect(follows.map(({ path }) => path)).toEqual(['Scheduling.SlurmQueues[0].Image.CustomAmi']);
    expect(unresolved).toMatchObject([
      { path: 'Image.CustomAmi' },
      {
        path: 'Scheduling.SlurmQueues[1].Image.CustomAmi',
        line: 38,
        found: OLD,
        reason: 'the image is x86_64, c6g.large beside it is arm64: no node would start',
      },
    ]);
    expect(text.match(/!Ref Ami/g)).toHaveLength(1);
    const whole = wrap(mixed, { includeRoot: true });
    expect(whole.follows).toEqual([]);
    expect(whole.unresolved).toMatchObject([{ reason: expect.stringContaining('c6g.large') as string }]);
  });

  test('stay if bakery.yaml bakes images larger than the root volume in the config', () => {
    const small = rootOnly.replace(
      '  - Name: q2',
      '  - Name: q2\n    ComputeSettings: {LocalStorage: {RootVolume: {Size: 45}}}',
    );
    const of = (gib: number): ClusterTemplate => wrap(small, { volumeSizeOf: () => gib });
    expect(of(45).follows).toHaveLength(2);
    expect(of(50).follows.map(({ path }) => path)).toEqual(['Scheduling.SlurmQueues[0].Image.CustomAmi']);
    expect(of(50).unresolved.at(-1)?.reason).toContain('has 50 GiB, RootVolume.Size beside it says 45');
  });

  test('in quotes, in flow maps and in JSON become functions instead of texts', () => {
    const inJson = wrap(json('alinux2'));
    expect(inJson.follows).toHaveLength(1);
    for (const template of [inJson, wrap(aliased('alinux2'))]) {
      expect(template.text).not.toMatch(/["']!Ref|!Ref \w+["']/);
      expect(JSON.stringify(parsed(template).Resources['PclusterCluster'])).toContain(
        '{"Ref":"AmiAlinux2X8664"}',
      );
    }
  });
});

describe('the config inside', () => {
  test('is unchanged, with each value as a text, and has the images of the channel', () => {
    const inner = innerConfig(wrap(rootOnly).text) as { Scheduling: { SlurmQueues: unknown[] } };
    expect(inner).toMatchObject({
      Region: 'us-east-1',
      Image: { Os: 'alinux2', CustomAmi: OLD },
      HeadNode: {
        LocalStorage: { RootVolume: { Size: '40', Encrypted: 'true' } },
        Imds: { Secured: 'true' },
      },
      Scheduling: {
        SlurmSettings: { ScaledownIdletime: '8', CustomSlurmSettings: [{ SlurmctldTimeout: '300' }] },
      },
      Tags: [{ Key: 'account', Value: '012345678901' }, { Value: '2026-11-01' }],
    });
    expect(inner.Scheduling.SlurmQueues).toMatchObject([
      { Name: 'q1', Image: { CustomAmi: PLACEHOLDER } },
      { Name: 'q2', Image: { CustomAmi: PLACEHOLDER }, CustomSlurmSettings: { MaxTime: '1-00:00:00' } },
    ]);
  });

  test('keeps characters beyond ASCII', () => {
    const inner = innerConfig(wrap(rootOnly.replace('KeyName: ops', 'KeyName: "Zürich →"')).text);
    expect(inner).toMatchObject({ HeadNode: { Ssh: { KeyName: 'Zürich →' } } });
  });
});

describe('a template is refused for', () => {
  test.each([
    ['a release before the custom resource', rootOnly, { parallelcluster: '3.5.1' }, 'TEMPLATE_RELEASE'],
    ['a config of another Region', rootOnly, { region: 'eu-west-1' }, 'TEMPLATE_CONFIG'],
    ['a file that is not a cluster config', 'Build: {ParentImage: x}\n', {}, 'TEMPLATE_CONFIG'],
    ['a value that is empty', rootOnly.replace('Region: us-east-1', 'Region:'), {}, 'TEMPLATE_CONFIG'],
  ])('%s', (_what, config, more, code) => {
    expect(codes(() => wrap(config, more))).toEqual([code]);
  });

  test.each([
    ['main.tf', 'resource "x" "y" {}\n', /main\.tf is HCL/],
    [
      'old.ini',
      '[cluster default]\ncustom_ami = ami-1\n',
      /ParallelCluster 2\.x.*pcluster3-config-converter/,
    ],
    ['config', '[cluster default]\ncustom_ami = ami-1\n', /ParallelCluster 2\.x/],
    ['x.yaml', wrap(rootOnly).text, /x\.yaml is already a CloudFormation template/],
    ['x.json', '{"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}', /already a CloudFormation template/],
    ['image.yaml', 'Build: {ParentImage: ami-0123456789abcdef0}\n', /pcluster build-image/],
    ['x.yaml', 'Image: {Os: alinux2}\n', /it has no HeadNode, Scheduling/],
  ])('%s that is something else, with its kind: %j', (file, text, what) => {
    const make = (): unknown => wrap(text, { file });
    expect(codes(make)).toEqual(['TEMPLATE_CONFIG']);
    expect(make).toThrow(what);
  });

  test('releases before 3.6.0, but not for 3.6.0', () => {
    expect(codes(() => wrap(rootOnly, { parallelcluster: '3.6.0' }))).toEqual([]);
    expect(() => wrap(rootOnly, { parallelcluster: '3.5.1' })).toThrow(BakeError);
  });
});
