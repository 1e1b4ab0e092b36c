/** Tests S3, KMS and SNS of the sandbox with the AWS CLI and boto3; Python and OpenSSL alone check provenance. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { openSession } from '../../src/aws/session.ts';
import { envelopeText, keyIdOf, preAuthEncoding } from '../../src/provenance/dsse.ts';
import { openSigner } from '../../src/provenance/signer.ts';
import { PAYLOAD_TYPE } from '../../src/provenance/statement.ts';
import { afterTest, openAccount } from '../sandbox/account.ts';
import { aws, clientEnvironment, clientsMissing, python } from './clients.ts';

const run = promisify(execFile);
const missing = clientsMissing();

function folderOf(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'bake-peers-'));
  afterTest(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function boto(endpoint: string, script: string): Promise<unknown> {
  const head = `import boto3, io, json
from botocore.exceptions import ClientError
def code(call, **given):
    try:
        call(**given)
        return 'none'
    except ClientError as error:
        return error.response['Error']['Code']
`;
  const { stdout } = await run(python, ['-c', head + script], {
    env: clientEnvironment(endpoint),
    timeout: 60_000,
  });
  return JSON.parse(stdout);
}

describe.skipIf(missing !== undefined)(
  `the AWS CLI and boto3${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    test('the CLI copies small and large files to S3 and back, lists, presigns and removes them', async () => {
      const { sandbox } = await openAccount();
      const folder = folderOf();
      const env = clientEnvironment(sandbox.endpoint);
      const cli = async (...args: string[]) =>
        (await run(aws, args, { env, cwd: folder, timeout: 120_000 })).stdout;
      const large = Buffer.alloc(20_000_001, 'large ');
      writeFileSync(path.join(folder, 'small file.txt'), 'small');
      writeFileSync(path.join(folder, 'large'), large);
      await cli('s3', 'mb', 's3://peer-bucket');
      await cli('s3', 'cp', 'small file.txt', 's3://peer-bucket/a/small file.txt');
      await cli('s3', 'cp', 'large', 's3://peer-bucket/a/large');
      expect(await cli('s3', 'ls', 's3://peer-bucket/a/')).toMatch(/20000001 large\n.* 5 small file\.txt/);
      await cli('s3', 'cp', 's3://peer-bucket/a/large', 'back');
      expect(readFileSync(path.join(folder, 'back')).equals(large)).toBe(true);
      const url = (await cli('s3', 'presign', 's3://peer-bucket/a/small file.txt')).trim();
      expect(await (await fetch(url)).text()).toBe('small');
      await cli('s3', 'sync', 's3://peer-bucket/a', 'tree');
      expect(readFileSync(path.join(folder, 'tree', 'small file.txt'), 'utf8')).toBe('small');
      await cli('s3', 'mv', 's3://peer-bucket/a/small file.txt', 's3://peer-bucket/b');
      await cli('s3', 'rm', '--recursive', 's3://peer-bucket/');
      await cli('s3', 'rb', 's3://peer-bucket');
      expect(await cli('s3', 'ls')).not.toContain('peer-bucket');
    });

    test('boto3 writes and reads objects with every checksum, conditions and presigned URLs, and gets the right errors', async () => {
      const { sandbox } = await openAccount();
      const told = await boto(
        sandbox.endpoint,
        `s3 = boto3.client('s3')
b = {'Bucket': 'peer-bucket'}
s3.create_bucket(**b)
for algorithm in ['CRC32', 'SHA1', 'SHA256']:
    s3.put_object(**b, Key=algorithm, Body=b'hello', ChecksumAlgorithm=algorithm, Metadata={'a': 'b'})
    assert s3.get_object(**b, Key=algorithm, ChecksumMode='ENABLED')['Body'].read() == b'hello'
s3.upload_fileobj(io.BytesIO(b'x' * 9_000_000), 'peer-bucket', 'big')
out = {
  'big': s3.head_object(**b, Key='big')['ContentLength'],
  'meta': s3.head_object(**b, Key='SHA1')['Metadata'],
  'range': s3.get_object(**b, Key='SHA1', Range='bytes=1-2')['Body'].read().decode(),
  'pages': [len(p.get('Contents', [])) for p in s3.get_paginator('list_objects_v2').paginate(**b, PaginationConfig={'PageSize': 3})],
  'once': code(s3.put_object, **b, Key='SHA1', Body=b'', IfNoneMatch='*'),
  'no key': code(s3.get_object, **b, Key='none'),
  'no bucket': code(s3.get_object, Bucket='peer-none', Key='k'),
  'head': code(s3.head_object, **b, Key='none'),
  'again': code(boto3.client('s3', region_name='eu-west-1').create_bucket, **b, CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'}),
  'not empty': code(s3.delete_bucket, **b),
  'far': boto3.client('s3', region_name='eu-west-1').get_object(**b, Key='SHA1')['Body'].read().decode(),
}
print(json.dumps(out))`,
      );
      expect(told).toEqual({
        big: 9_000_000,
        meta: { a: 'b' },
        range: 'el',
        pages: [3, 1],
        once: 'PreconditionFailed',
        'no key': 'NoSuchKey',
        'no bucket': 'NoSuchBucket',
        head: '404',
        again: 'BucketAlreadyOwnedByYou',
        'not empty': 'BucketNotEmpty',
        far: 'hello',
      });
    });

    test('boto3 signs with KMS and publishes to SNS', async () => {
      const { sandbox } = await openAccount();
      const told = await boto(
        sandbox.endpoint,
        `kms, sns = boto3.client('kms'), boto3.client('sns')
key = kms.create_key(KeySpec='ECC_NIST_P256', KeyUsage='SIGN_VERIFY', Tags=[{'TagKey': 'a', 'TagValue': 'b'}])['KeyMetadata']['KeyId']
given = dict(KeyId=key, Message=b'm', MessageType='RAW', SigningAlgorithm='ECDSA_SHA_256')
signature = kms.sign(**given)['Signature']
topic = sns.create_topic(Name='peer')['TopicArn']
print(json.dumps({
  'valid': kms.verify(**given, Signature=signature)['SignatureValid'],
  'wrong': code(kms.verify, **{**given, 'Message': b'n'}, Signature=signature),
  'aliases': [alias['AliasName'] for alias in kms.list_aliases()['Aliases']],
  'grant': len(kms.create_grant(KeyId=key, GranteePrincipal='arn:aws:iam::222233334444:root', Operations=['Sign'])['GrantId']),
  'no key': code(kms.describe_key, KeyId='alias/none'),
  'published': len(sns.publish(TopicArn=topic, Message='ü', Subject='s')['MessageId']),
  'attributes': sns.get_topic_attributes(TopicArn=topic)['Attributes']['TopicArn'] == topic,
  'no topic': code(sns.publish, TopicArn=topic + 'x', Message='m'),
}))`,
      );
      expect(told).toEqual({
        valid: true,
        wrong: 'KMSInvalidSignatureException',
        aliases: ['alias/bakery', 'alias/bakery-provenance'],
        grant: 64,
        'no key': 'NotFoundException',
        published: 36,
        attributes: true,
        'no topic': 'NotFound',
      });
    });

    test('Python and OpenSSL alone accept the signature of provenance, and refuse it when the text was changed', async () => {
      const { sandbox } = await openAccount();
      const folder = folderOf();
      const session = openSession({
        env: {},
        endpoint: sandbox.endpoint,
        credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
      });
      const signer = await openSigner('kms:alias/bakery-provenance', {
        aws: session,
        region: 'us-east-1',
        folder,
      });
      const payload = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}');
      const sig = await signer.sign(preAuthEncoding(PAYLOAD_TYPE, payload));
      const signatures = [{ keyid: keyIdOf(signer.publicKey), sig }];
      session.close();
      writeFileSync(
        path.join(folder, 'e.json'),
        envelopeText({ payloadType: PAYLOAD_TYPE, payload, signatures }),
      );
      writeFileSync(path.join(folder, 'key.pub'), signer.publicKey.export({ type: 'spki', format: 'pem' }));
      // Follows the protocol's page, without any code of bake.
      const script = `import base64, json, subprocess
envelope = json.load(open('e.json'))
body, kind = base64.b64decode(envelope['payload']), envelope['payloadType'].encode()
open('sig', 'wb').write(base64.b64decode(envelope['signatures'][0]['sig']))
for name, content in [('good', body), ('bad', body + b' ')]:
    open(name, 'wb').write(b'DSSEv1 %d %s %d %s' % (len(kind), kind, len(content), content))
    done = subprocess.run(['openssl', 'dgst', '-sha256', '-verify', 'key.pub', '-signature', 'sig', name], capture_output=True)
    print(done.returncode)
der = subprocess.run(['openssl', 'pkey', '-pubin', '-in', 'key.pub', '-outform', 'DER'], capture_output=True).stdout
import hashlib
print(hashlib.sha256(der).hexdigest() == envelope['signatures'][0]['keyid'])`;
      const { stdout } = await run(python, ['-c', script], { cwd: folder });
      expect(stdout.trim().split(/\s+/)).toEqual(['0', '1', 'True']);
    });
  },
);
