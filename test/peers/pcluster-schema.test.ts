/**
 * Tests that rotated configs load in the real pcluster of their own release, with their placeholders filled in, and what
 * its dry run of an update says about them. It runs against moto, without validators, since moto cannot launch a
 * ParallelCluster node.
 */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { validateConfigs, type ConfigToValidate, type ConfigVerdict } from '../../src/programs/pcluster.ts';
import { currentKey, decide, type RotationPlan } from '../../src/rotate/decide.ts';
import type { ImageFamily } from '../../src/os/family.ts';
import { findReferences } from '../../src/rotate/find.ts';
import { formatOf } from '../../src/rotate/formats/index.ts';
import { splice, verifyEdits } from '../../src/rotate/splice.ts';
import { aliased, aliasedOnly, awsbatch, json, OLD, rootOnly } from '../template/configs.ts';
import { realistic } from '../rotate/realistic.ts';
import { emptyFolder } from '../support/project.ts';
import { clientEnvironment, clientsMissing, python } from './clients.ts';
import { motoMissing, startMoto, type Moto } from './moto.ts';
import { binOf, pclusterMissing, pclusterPath, type Release } from './pcluster.ts';

const NEW = 'ami-0fedcba9876543210';
const run = promisify(execFile);
const missing = pclusterMissing();
const folder = emptyFolder();
afterAll(() => fs.rmSync(folder, { recursive: true }));

interface Rotation {
  bytes: Buffer;
  plan: RotationPlan;
}

/** The config that `bake rotate --insert-queue-overrides` writes. */
function rotated(file: string, text: string, of: Pick<ImageFamily, 'os' | 'parallelcluster'>): Rotation {
  const before = Buffer.from(text);
  const family = { ...of, arch: 'x86_64' };
  const found = findReferences(file, before);
  const plan = decide({
    found: [found],
    families: new Map(found.references.map(({ id }) => [id, family])),
    current: new Map(['us-east-1', 'eu-west-1'].map((region) => [currentKey(family, region), NEW])),
    root: 'leave',
    insertOverrides: true,
    defaultRegion: 'us-east-1',
  });
  const after = splice(file, before, plan.edits);
  if (after === 'done') return { bytes: before, plan };
  const format = formatOf(file, before);
  if (!format) throw new Error(`no format reads ${file}`);
  verifyEdits(file, { before, after, edits: plan.edits }, format);
  return { bytes: after, plan };
}

const styles = {
  'root-only.yaml': (os: string) => rootOnly.replace('alinux2', os),
  'root-only-crlf.yaml': (os: string) => rootOnly.replace('alinux2', os).replaceAll('\n', '\r\n'),
  'aliased.yaml': aliasedOnly,
  'config.json': (os: string) => json(os, 2),
};

const matrix: readonly (readonly [Release, readonly string[]])[] = [
  ['3.16.1', ['alinux2023', 'ubuntu2204', 'ubuntu2404', 'rhel8', 'rhel9', 'rocky8', 'rocky9']],
  ['3.15.1', ['alinux2', 'alinux2023']],
  ['3.13.2', ['ubuntu2004', 'alinux2']],
];

function judge(
  candidates: readonly ConfigToValidate[],
  more: Partial<Parameters<typeof validateConfigs>[1]> = {},
): Promise<ConfigVerdict[]> {
  return validateConfigs(candidates, {
    env: { PATH: pclusterPath },
    signal: new AbortController().signal,
    ...more,
  });
}

describe.skipIf(missing)(`the schema of pcluster${missing ? ` (skipped: ${missing})` : ''}`, () => {
  test.each(matrix)('%s loads rotated configs of %j in every style', async (parallelcluster, systems) => {
    const cases = systems.flatMap((os) =>
      Object.entries(styles).map(([file, write]) => ({ file: `${os}-${file}`, text: write(os), os })),
    );
    const made = cases.map(({ file, text, os }) => ({
      file,
      ...rotated(file, text, { os, parallelcluster }),
    }));
    for (const { file, plan, bytes } of made) {
      expect([file, plan.errors, plan.rotated.length > 0]).toEqual([file, [], true]);
      expect(bytes.includes(NEW)).toBe(true);
    }
    const verdicts = await judge(
      made.map(({ file, bytes }) => ({ file, bytes, region: 'us-east-1', parallelcluster })),
    );
    expect(verdicts.map(({ file, pcluster, messages }) => [file, pcluster, messages])).toEqual(
      made.map(({ file }) => [file, parallelcluster, []]),
    );
  });

  test('3.15.1 loads the config of an awsbatch cluster, in which nothing can be rotated', async () => {
    const { bytes, plan } = rotated('batch.yaml', awsbatch, { os: 'alinux2', parallelcluster: '3.15.1' });
    expect([bytes.toString(), plan.rotated]).toEqual([awsbatch, []]);
    const verdicts = await judge([
      { file: 'batch.yaml', bytes, region: 'us-east-1', parallelcluster: '3.15.1' },
    ]);
    expect(verdicts).toMatchObject([{ pcluster: '3.15.1', messages: [] }]);
  });

  test('loads a realistic rotated config of 20 KB with 18 queues', async () => {
    const { bytes, plan } = rotated('realistic.yaml', realistic, {
      os: 'alinux2023',
      parallelcluster: '3.15.1',
    });
    expect(plan.rotated.length).toBeGreaterThan(1);
    const verdicts = await judge([
      { file: 'realistic.yaml', bytes, region: 'eu-west-1', parallelcluster: '3.15.1' },
    ]);
    expect(verdicts).toMatchObject([{ pcluster: '3.15.1', messages: [] }]);
  });

  test('refuses merge keys, so that no cluster has a config with them', async () => {
    const bytes = Buffer.from(aliased('alinux2'));
    for (const parallelcluster of ['3.15.1', '3.13.2']) {
      const [verdict] = await judge([{ file: 'merged.yaml', bytes, region: 'us-east-1', parallelcluster }]);
      expect(verdict?.messages).toMatchObject([
        { message: expect.stringContaining('tag:yaml.org,2002:merge') as string },
      ]);
    }
  });

  test('names the field and the reason of an error; a release knows only the OSes of its time', async () => {
    const bad = rootOnly.replace(OLD, 'resolve:ssm:/hpc/ami').replace('MinCount: 0', 'MinCont: 0');
    const verdicts = await judge([
      { file: 'bad.yaml', bytes: Buffer.from(bad), region: 'us-east-1', parallelcluster: '3.15.1' },
      { file: 'old.yaml', bytes: Buffer.from(rootOnly), region: 'us-east-1', parallelcluster: '3.16.1' },
      { file: 'broken.yaml', bytes: Buffer.from('a: ['), region: 'us-east-1', parallelcluster: '3.16.1' },
      { file: 'two.yaml', bytes: Buffer.from(rootOnly), region: 'us-east-1', parallelcluster: '2.11.9' },
    ]);
    expect(verdicts[0]?.messages.map(({ path: at }) => at).sort()).toEqual([
      'Image.CustomAmi',
      'Scheduling.SlurmQueues[0].ComputeResources[0].MinCont',
    ]);
    expect(verdicts[1]?.messages).toMatchObject([
      { path: 'Image.Os', message: expect.stringContaining('Must be one of') as string },
    ]);
    expect(verdicts[2]?.messages[0]?.message).toMatch(/ParserError|ScannerError/);
    expect(verdicts[3]?.skipped).toContain('2.11.9');
  });
});

const account = missing ?? motoMissing() ?? clientsMissing();

/** Makes a cluster as pcluster leaves it: stack, head node, config in its bucket; and two images of the release. */
const CLUSTER = `
import json, sys
import boto3
region, release, config_file = sys.argv[1:4]
ec2, s3, cfn = (boto3.client(name, region_name=region) for name in ('ec2', 's3', 'cloudformation'))
subnet = ec2.describe_subnets()['Subnets'][0]['SubnetId']
base = next(i for i in ec2.describe_images(Owners=['amazon'])['Images'] if i.get('Architecture') == 'x86_64')
tags = [{'Key': k, 'Value': v} for k, v in (('parallelcluster:cluster-name', 'prod'), ('parallelcluster:node-type', 'HeadNode'))]
node = ec2.run_instances(ImageId=base['ImageId'], MinCount=1, MaxCount=1, InstanceType='c5.xlarge',
    TagSpecifications=[{'ResourceType': 'instance', 'Tags': tags}])['Instances'][0]['InstanceId']
images = [ec2.create_image(InstanceId=node, Name=f'bakery-{n}')['ImageId'] for n in (1, 2)]
config = open(config_file).read().replace('subnet-0123456789abcdef0', subnet).replace('${OLD}', images[0])
bucket, root = 'parallelcluster-0123456789abcdef-v1-do-not-delete', f'parallelcluster/{release}/clusters/prod-abc'
s3.create_bucket(Bucket=bucket)
s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={'Status': 'Enabled'})
version = s3.put_object(Bucket=bucket, Key=f'{root}/configs/cluster-config.yaml', Body=config)['VersionId']
parameters = dict(ClusterUser='ec2-user', ResourcesS3Bucket=bucket, ArtifactS3RootDirectory=root, Scheduler='slurm',
    ConfigVersion=version, OfficialAmi=images[0])
cfn.create_stack(StackName='prod',
    TemplateBody=json.dumps({'Parameters': {name: {'Type': 'String'} for name in parameters}, 'Resources': {'T': {'Type': 'AWS::SNS::Topic'}}}),
    Parameters=[{'ParameterKey': k, 'ParameterValue': v} for k, v in parameters.items()],
    Tags=[{'Key': 'parallelcluster:version', 'Value': release}, {'Key': 'parallelcluster:cluster-name', 'Value': 'prod'}])
print(json.dumps({'subnet': subnet, 'old': images[0], 'new': images[1]}))
`;

/** Runs the real program without the validators that launch instances with DryRun: moto refuses such a launch. */
const QUIET = `import sys
from pcluster.cli.entrypoint import main
sys.argv += ["--suppress-validators", "ALL"]
main()
`;

describe.skipIf(account)(
  `a dry run of an update with pcluster 3.16.1 against moto${account ? ` (skipped: ${account})` : ''}`,
  () => {
    let moto: Moto;
    let made: { subnet: string; old: string; new: string };
    let bin: string;
    const text = rootOnly.replace('alinux2', 'alinux2023');
    beforeAll(async () => {
      moto = await startMoto();
      fs.writeFileSync(path.join(folder, 'cluster.py'), CLUSTER);
      fs.writeFileSync(path.join(folder, 'config.yaml'), text);
      const { stdout } = await run(
        python,
        [path.join(folder, 'cluster.py'), 'us-east-1', '3.16.1', path.join(folder, 'config.yaml')],
        {
          env: clientEnvironment(moto.endpoint),
        },
      );
      made = JSON.parse(stdout) as typeof made;
      bin = path.join(folder, 'bin');
      fs.mkdirSync(bin);
      fs.writeFileSync(path.join(bin, 'pcluster'), `#!${binOf('3.16.1')}/python3\n${QUIET}`, { mode: 0o755 });
    });
    afterAll(() => moto.close());

    function dryRun(config: string, programs = bin): Promise<ConfigVerdict[]> {
      const bytes = Buffer.from(
        config
          .replaceAll('subnet-0123456789abcdef0', made.subnet)
          .replaceAll(OLD, made.old)
          .replaceAll(NEW, made.new),
      );
      return judge([{ file: 'prod.yaml', bytes, region: 'us-east-1', cluster: 'prod' }], {
        // pcluster runs node to check that it is installed.
        env: { PATH: [programs, path.dirname(process.execPath), '/usr/bin', '/bin'].join(path.delimiter) },
        access: { env: { ...clientEnvironment(moto.endpoint), HOME: folder }, ca: undefined },
      });
    }

    test('accepts the queue overrides that rotation writes, and lists them as its change set', async () => {
      const { bytes } = rotated('prod.yaml', text, { os: 'alinux2023', parallelcluster: '3.16.1' });
      const [verdict] = await dryRun(bytes.toString());
      expect(verdict?.update).toMatchObject({ cluster: 'prod', accepted: true });
      expect(verdict?.update?.changes).toEqual(
        ['q1', 'q2'].map((queue) => ({
          path: `Scheduling.SlurmQueues[${queue}].Image`,
          from: expect.anything() as string,
          to: expect.stringContaining(made.new) as string,
        })),
      );
    });

    test('refuses another root image, with its own message', async () => {
      const [verdict] = await dryRun(text.replace(OLD, NEW));
      expect(verdict?.update).toMatchObject({
        accepted: false,
        changes: [
          {
            path: 'Image.CustomAmi',
            from: made.old,
            to: made.new,
            refusal: expect.stringContaining('not currently supported') as string,
          },
        ],
      });
    });

    test('finds nothing to do when nothing has changed', async () => {
      expect((await dryRun(text))[0]?.update).toMatchObject({ accepted: true, changes: [] });
    });

    test('requires the release of the cluster', async () => {
      const [verdict] = await dryRun(text.replace('alinux2023', 'alinux2'), binOf('3.15.1'));
      expect(verdict?.update).toMatchObject({
        accepted: false,
        message: expect.stringContaining('same ParallelCluster version (3.16.1)') as string,
      });
    });
  },
);

describe.skipIf(account)(`pcluster 2.11.9${account ? ` (skipped: ${account})` : ''}`, () => {
  test('reads the same ids from rotated INI files as bake, comments included', async () => {
    const moto = await startMoto();
    try {
      const ini = (id: string, comment: string): string => `[global]
cluster_template = default
update_check = false
sanity_check = false

[aws]
aws_region_name = us-east-1

[cluster default]
key_name = ops
base_os = alinux2
scheduler = slurm
custom_ami = ${id}${comment}
master_instance_type = c5.xlarge
vpc_settings = public
queue_settings = q1

[queue q1]
compute_resource_settings = c

[compute_resource c]
instance_type = c5.large

[vpc public]
vpc_id = vpc-0123456789abcdef0
master_subnet_id = subnet-0123456789abcdef0
`;
      const script = path.join(folder, 'ini.py');
      fs.writeFileSync(
        script,
        'import sys\nfrom pcluster.config.pcluster_config import PclusterConfig\nfor file in sys.argv[1:]:\n    read = PclusterConfig(config_file=file, fail_on_file_absence=True, fail_on_error=True)\n    print(read.get_section("cluster").get_param_value("custom_ami"))\n',
      );
      const files = ['', '   # our AMI: bakery 2026-10-01'].map((comment, at) => {
        const before = Buffer.from(ini(OLD, comment));
        const found = findReferences('config.ini', before);
        const plan = decide({
          found: [found],
          families: new Map(),
          current: new Map(),
          explicit: new Map([[OLD, NEW]]),
          root: 'rotate',
          defaultRegion: 'us-east-1',
        });
        expect(plan.rotated).toMatchObject([{ path: 'cluster default.custom_ami', from: OLD, to: NEW }]);
        const after = splice('config.ini', before, plan.edits);
        const file = path.join(folder, `config-${at}`);
        fs.writeFileSync(file, after);
        return file;
      });
      const { stdout } = await run(path.join(binOf('2.11.9'), 'python'), [script, ...files], {
        env: clientEnvironment(moto.endpoint),
        cwd: folder,
      });
      expect(stdout.trim().split('\n')).toEqual([NEW, NEW]);
    } finally {
      await moto.close();
    }
  });
});
