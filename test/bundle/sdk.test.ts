/** The bundle's pure-table plug-in changes no behaviour: same requests, same parsed answers and errors. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plainEnvironment } from '../support/bake.ts';

const run = promisify(execFile);
const VARIANTS = { pure: [], plain: ['--no-pure-tables'] } as const;
const folders: Record<string, string> = {};

/** Action or target or path → answer. */
const ANSWERS: Record<
  string,
  { status?: number; type?: string; headers?: Record<string, string>; body: string }
> = {
  DescribeImages: {
    body: `<DescribeImagesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><imagesSet><item><imageId>ami-1</imageId><name>a &lt;b&gt; ü</name><creationDate>2026-01-01T00:00:00.000Z</creationDate><isPublic>true</isPublic><blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><volumeSize>35</volumeSize><encrypted>false</encrypted></ebs></item></blockDeviceMapping><tagSet><item><key>a</key><value/></item></tagSet></item></imagesSet></DescribeImagesResponse>`,
  },
  GetCallerIdentity: {
    status: 403,
    body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>expired</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
  },
  'AmazonSSM.GetParameters': {
    body: '{"Parameters":[{"Name":"/a","Type":"String","Value":"ami-1","Version":3,"LastModifiedDate":1.7e9,"DataType":"aws:ec2:image"}],"InvalidParameters":["/b"]}',
  },
  'AmazonSSM.PutParameter': {
    status: 400,
    body: '{"__type":"com.amazonaws.ssm#ParameterAlreadyExists","message":"there"}',
  },
  'Logs_20140328.GetLogEvents': {
    body: '{"events":[{"timestamp":1,"message":"hi","ingestionTime":2}],"nextForwardToken":"f/1"}',
  },
  '/GetImage': {
    body: '{"requestId":"r","image":{"arn":"a","version":"1.0.0/1","state":{"status":"FAILED","reason":"x"},"outputResources":{"amis":[{"region":"us-east-1","image":"ami-2"}]}}}',
  },
  '/CreateImage': {
    status: 400,
    headers: { 'x-amzn-errortype': 'InvalidParameterValueException' },
    body: '{"message":"bad arn"}',
  },
};

beforeAll(async () => {
  await Promise.all(
    Object.entries(VARIANTS).map(async ([name, flags]) => {
      mkdirSync('.cache', { recursive: true });
      const folder = mkdtempSync(join(process.cwd(), '.cache', 'bundle-'));
      folders[name] = folder;
      await run(process.execPath, [
        'scripts/build.mjs',
        '--entry',
        'test/bundle/calls.ts',
        '--out',
        join(folder, 'out'),
        ...flags,
      ]);
    }),
  );
});
afterAll(() => {
  for (const folder of Object.values(folders)) rmSync(folder, { recursive: true });
});

test('a bundle with pure tables sends the same requests and reads the same answers as one without', async () => {
  const [pure, plain] = [await calls('pure'), await calls('plain')];
  expect(pure.requests).toEqual(plain.requests);
  expect(pure.results).toEqual(plain.results);
  expect(pure.requests).toHaveLength(8);
});

test('the answers are parsed', async () => {
  const { results } = await calls('pure');
  expect(results).toMatchObject({
    describeImages: {
      Images: [
        {
          ImageId: 'ami-1',
          Name: 'a <b> ü',
          Public: true,
          BlockDeviceMappings: [{ Ebs: { VolumeSize: 35 } }],
        },
      ],
    },
    pages: [[{ ImageId: 'ami-1' }]],
    getParameters: {
      Parameters: [{ Version: 3, LastModifiedDate: '2023-11-14T22:13:20.000Z' }],
      InvalidParameters: ['/b'],
    },
    putParameter: { kind: 'ParameterAlreadyExists', message: 'there', $fault: 'client' },
    getImage: { image: { state: { status: 'FAILED' }, outputResources: { amis: [{ image: 'ami-2' }] } } },
    createImage: { kind: 'InvalidParameterValueException', message: 'bad arn' },
    identity: { kind: expect.stringMatching(/ExpiredToken/) as string, $metadata: { httpStatusCode: 403 } },
    logEvents: { events: [{ message: 'hi' }] },
  });
});

test('pure tables make the bundle a third smaller', () => {
  const meta = (name: string) =>
    JSON.parse(readFileSync(join(folders[name] as string, 'out/meta.json'), 'utf8')) as {
      pureTables: boolean;
      bytes: number;
    };
  expect([meta('pure').pureTables, meta('plain').pureTables]).toEqual([true, false]);
  expect(meta('pure').bytes).toBeLessThan(meta('plain').bytes * 0.7);
});

interface Asked {
  method: string | undefined;
  url: string | undefined;
  headers: Record<string, unknown>;
  body: string;
}

async function calls(variant: string): Promise<{ requests: Asked[]; results: unknown }> {
  const requests: Asked[] = [];
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      requests.push({ method: request.method, url: request.url, headers: stable(request.headers), body });
      const answer = ANSWERS[keyOf(request, body)] ?? { status: 500, body: 'no answer' };
      response.writeHead(answer.status ?? 200, { 'x-amzn-requestid': 'r', ...answer.headers });
      return response.end(answer.body);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  try {
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const program = join(folders[variant] as string, 'out/bake.js');
    const { stdout } = await run(process.execPath, [program, endpoint], { env: plainEnvironment() });
    return { requests, results: JSON.parse(stdout) as unknown };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function keyOf(request: IncomingMessage, body: string): string {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return target;
  return /^Action=(\w+)/.exec(body)?.[1] ?? (request.url ?? '').replace(/\?.*/, '');
}

/** Without what differs between two calls: times, ids, signatures, the port. */
function stable(headers: IncomingMessage['headers']): Record<string, unknown> {
  const { host, authorization, 'x-amz-date': date, 'amz-sdk-invocation-id': id, ...rest } = headers;
  return { ...rest, signed: [host, authorization, date, id].map((value) => value !== undefined) };
}

async function read(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
