/** Tests the sandbox with real Packer: images have the changes of provisioners, and failures leave what they leave in AWS. */
import { execFile, spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { randomBytes } from 'node:crypto';
import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { whyNoInstances } from '../../src/engines/rehearsal/instance.ts';
import { officialImage } from '../../src/sandbox/official.ts';
import { control, openAccount, temporaryFolder } from '../sandbox/account.ts';
import { clientEnvironment, clientsMissing, python } from './clients.ts';

const run = promisify(execFile);
const why = await whyNot();
const ubuntu = officialImage('us-east-1', 'ubuntu2204', 'x86_64', '3.16.3')?.id ?? '';

/** Packer 1.6 reads this template; later versions need the plug-in. CI must have it. */
async function whyNot(): Promise<string | undefined> {
  const version = await run('packer', ['--version']).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
  const lacking =
    version === undefined
      ? 'packer is not on PATH'
      : version.startsWith('1.6.')
        ? await whyNoInstances()
        : `packer is ${version}, not 1.6`;
  if (lacking !== undefined && process.env['CI'] === 'true') throw new Error(lacking);
  return lacking;
}

interface Bake {
  endpoint: string;
  port: number;
  source: string;
  name: string;
  script: string;
  args?: string[];
}

async function template(bake: Bake): Promise<string> {
  const folder = await temporaryFolder();
  const text = (value: string): string => JSON.stringify(value);
  await mkdir(path.join(folder, 'tree', 'deep'), { recursive: true });
  await writeFile(path.join(folder, 'tree', 'deep', 'file'), 'carried\n');
  await writeFile(
    path.join(folder, 'image.pkr.hcl'),
    `source "amazon-ebs" "image" {
  access_key = "sandbox"
  secret_key = "sandbox"
  region = "us-east-1"
  custom_endpoint_ec2 = ${text(bake.endpoint)}
  skip_credential_validation = true
  skip_region_validation = true
  skip_metadata_api_check = true
  source_ami = ${text(bake.source)}
  ami_name = ${text(bake.name)}
  instance_type = "c5.xlarge"
  ssh_username = "ubuntu"
  ssh_port = ${bake.port}
  ssh_timeout = "1m"
  tags = { "bakery:run" = "r1" }
  run_tags = { "bakery:run" = "r1" }
  temporary_security_group_source_cidrs = ["127.0.0.0/8"]
  aws_polling {
    delay_seconds = 1
    max_attempts = 60
  }
}
build {
  sources = ["source.amazon-ebs.image"]
  provisioner "file" {
    source = ${text(path.join(folder, 'tree'))}
    destination = "/var/tmp"
  }
  provisioner "shell" {
    inline = [${text(bake.script)}]
  }
  provisioner "file" {
    direction = "download"
    source = "/etc/os-release"
    destination = ${text(path.join(folder, 'os-release'))}
  }
  post-processor "manifest" {
    output = ${text(path.join(folder, 'manifest.json'))}
  }
}
`,
  );
  return folder;
}

function environment(folder: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    TMPDIR: folder,
    CHECKPOINT_DISABLE: '1',
    NO_PROXY: '127.0.0.1',
  };
}

async function packer(bake: Bake): Promise<{ code: number; output: string; image: string; folder: string }> {
  const folder = await template(bake);
  const args = ['build', '-color=false', ...(bake.args ?? []), 'image.pkr.hcl'];
  const { code, output } = await run('packer', args, {
    cwd: folder,
    env: environment(folder),
    timeout: 100_000,
  }).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      output: error.stdout + error.stderr,
    }),
  );
  const manifest = await readFile(path.join(folder, 'manifest.json'), 'utf8').catch(() => '{"builds":[]}');
  const { builds } = JSON.parse(manifest) as { builds: { artifact_id: string }[] };
  return { code, output, image: builds[0]?.artifact_id.split(':')[1] ?? '', folder };
}

/** Counts what a bake must not leave: resources with Packer's own names, instances that are not terminated, volumes. */
async function leftovers(ec2: EC2Client): Promise<Record<string, number>> {
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
  const { KeyPairs = [] } = await ec2.send(new DescribeKeyPairsCommand({}));
  const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}));
  const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({}));
  const alive = Reservations.flatMap(({ Instances = [] }) => Instances).filter(
    ({ State }) => State?.Name !== 'terminated',
  );
  return {
    instances: alive.length,
    keys: KeyPairs.length,
    groups: SecurityGroups.filter(({ GroupName = '' }) => GroupName.startsWith('packer_')).length,
    volumes: Volumes.length,
  };
}

const NOTHING = { instances: 0, keys: 0, groups: 0, volumes: 0 };
const ALL = { instances: 1, keys: 1, groups: 1, volumes: 1 };

async function account() {
  const { sandbox, ec2 } = await openAccount({ rehearse: 'on' });
  const { port } = (await control(sandbox, 'ssh')) as { port: number };
  return { ec2, bake: { endpoint: sandbox.endpoint, port, source: ubuntu, name: 'image' } };
}

describe.skipIf(why !== undefined)(`Packer${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  test('saves the changes of its provisioners in the image, and later bakes start from it', async () => {
    const { ec2, bake } = await account();
    const nonce = randomBytes(12).toString('hex');
    const first = await packer({
      ...bake,
      script: `echo ${nonce} | sudo -n tee /opt/nonce; cat /var/tmp/tree/deep/file`,
    });
    expect(first.output).toContain('carried');
    expect(first.code).toBe(0);
    expect(await readFile(path.join(first.folder, 'os-release'), 'utf8')).toContain('jammy');
    const second = await packer({ ...bake, name: 'second', source: first.image, script: 'cat /opt/nonce' });
    expect(second.output).toContain(nonce);
    const third = await packer({ ...bake, name: 'third', script: 'test ! -e /opt/nonce' });
    expect(third.code).toBe(0);
    const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [first.image] }));
    expect(Images?.[0]).toMatchObject({ State: 'available', Tags: [{ Key: 'bakery:run', Value: 'r1' }] });
    expect(await leftovers(ec2)).toEqual(NOTHING);
  });

  test('leaves nothing after a failed provisioner or a taken name, and everything with -on-error=abort', async () => {
    const { ec2, bake } = await account();
    expect((await packer({ ...bake, script: 'exit 3' })).code).toBe(1);
    expect(await leftovers(ec2)).toEqual(NOTHING);
    const good = await packer({ ...bake, script: 'true' });
    const taken = await packer({ ...bake, script: 'true' });
    expect([good.code, taken.code]).toEqual([0, 1]);
    expect(taken.output).toContain('is used by an existing AMI');
    expect(await leftovers(ec2)).toEqual(NOTHING);
    expect((await packer({ ...bake, name: 'other', script: 'exit 3', args: ['-on-error=abort'] })).code).toBe(
      1,
    );
    expect(await leftovers(ec2)).toEqual(ALL);
  });

  test.each([
    ['SIGTERM', NOTHING],
    ['SIGKILL', ALL],
  ] as const)('leaves the expected resources when it is ended by %s', async (signal, left) => {
    const { ec2, bake } = await account();
    const folder = await template({ ...bake, script: 'echo here; sleep 300' });
    const child = spawn('packer', ['build', '-color=false', 'image.pkr.hcl'], {
      cwd: folder,
      env: environment(folder),
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await expect.poll(() => said, { timeout: 60_000 }).toContain('here');
    // SIGKILL goes to its plug-ins, too, as when a machine goes down; SIGTERM goes to Packer only.
    process.kill(signal === 'SIGKILL' ? -(child.pid ?? 0) : (child.pid ?? 0), signal);
    await ended;
    expect(await leftovers(ec2)).toEqual(left);
  });
});

const missing = clientsMissing();

describe.skipIf(missing !== undefined)(
  `boto3${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    test('makes the calls of a modern template: IMDSv2, deprecation, protection, sharing, tagged snapshots', async () => {
      const { sandbox } = await openAccount();
      const script = `
import boto3, json, time
ec2, kms = boto3.client('ec2'), boto3.client('kms')
key = kms.create_key()['KeyMetadata']['Arn']
run = ec2.run_instances(ImageId='${ubuntu}', InstanceType='c5.xlarge', MinCount=1, MaxCount=1, ClientToken='t',
  MetadataOptions={'HttpTokens': 'required', 'HttpPutResponseHopLimit': 1, 'HttpEndpoint': 'enabled'},
  BlockDeviceMappings=[{'DeviceName': '/dev/sda1', 'Ebs': {'VolumeType': 'gp3', 'Encrypted': True, 'KmsKeyId': key}}],
  InstanceInitiatedShutdownBehavior='terminate', EnclaveOptions={'Enabled': False},
  TagSpecifications=[{'ResourceType': kind, 'Tags': [{'Key': 'bakery:run', 'Value': 'r1'}]} for kind in ('instance', 'volume')])
id = run['Instances'][0]['InstanceId']
ec2.get_waiter('instance_running').wait(InstanceIds=[id])
ec2.stop_instances(InstanceIds=[id])
ec2.get_waiter('instance_stopped').wait(InstanceIds=[id])
image = ec2.create_image(InstanceId=id, Name='modern', TagSpecifications=[
  {'ResourceType': kind, 'Tags': [{'Key': 'is', 'Value': kind}]} for kind in ('image', 'snapshot')])['ImageId']
time.sleep(0.5)
ec2.modify_image_attribute(ImageId=image, ImdsSupport={'Value': 'v2.0'})
ec2.modify_image_attribute(ImageId=image, LaunchPermission={'Add': [
  {'OrganizationArn': 'arn:aws:organizations::111122223333:organization/o-abcdefghij'}, {'UserId': '444455556666'}]})
snapshot = ec2.describe_images(ImageIds=[image])['Images'][0]['BlockDeviceMappings'][0]['Ebs']['SnapshotId']
ec2.modify_snapshot_attribute(SnapshotId=snapshot, Attribute='createVolumePermission', OperationType='add', UserIds=['444455556666'])
ec2.enable_image_deprecation(ImageId=image, DeprecateAt='2028-01-01T00:00:00Z')
ec2.enable_image_deregistration_protection(ImageId=image, WithCooldown=True)
try:
  ec2.deregister_image(ImageId=image)
except Exception as error:
  refused = error.response['Error']['Code']
seen = ec2.describe_images(ImageIds=[image])['Images'][0]
kept = ec2.describe_snapshots(SnapshotIds=[snapshot])['Snapshots'][0]
print(json.dumps([seen['ImdsSupport'], seen['DeprecationTime'], seen['DeregistrationProtection'], refused, kept['Tags'], kept['KmsKeyId'] == key]))`;
      const { stdout } = await run(python, ['-c', script], {
        env: clientEnvironment(sandbox.endpoint),
        timeout: 100_000,
      });
      expect(JSON.parse(stdout)).toEqual([
        'v2.0',
        '2028-01-01T00:00:00.000Z',
        'enabled-with-cooldown',
        'OperationNotPermitted',
        [{ Key: 'is', Value: 'snapshot' }],
        true,
      ]);
    });
  },
);
