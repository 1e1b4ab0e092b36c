/** Any request gets a response below 500, and no input crashes the server. */
import { connect } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answer, type Account } from '../../src/sandbox/answer.ts';
import { openClock } from '../../src/sandbox/clock.ts';
import { openFaults } from '../../src/sandbox/faults.ts';
import { readDocument } from '../../src/sandbox/imagebuilder/document.ts';
import { openKeyFiles } from '../../src/sandbox/kms/material.ts';
import { openObjectFiles } from '../../src/sandbox/s3/files.ts';
import { openStateStore } from '../../src/sandbox/store/store.ts';
import { readLine, writeLine } from '../../src/sandbox/store/line.ts';
import { loadModel } from '../../src/sandbox/wire/model.ts';
import { control, openAccount, temporaryFolder } from './account.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 10_000);
const services = ['ec2', 'ssm', 'sts', 'imagebuilder', 'logs', 's3', 'kms', 'sns'] as const;
const models = await Promise.all(
  services.map(async (service) => ({ service, model: await loadModel(service) })),
);

/** An account that discards commits, so that thousands of requests write nothing to disk. */
async function openFuzzAccount(): Promise<Account> {
  const folder = await temporaryFolder();
  const store = openStateStore(folder);
  const nothing = (): void => undefined;
  const builder = {
    start: nothing,
    cancel: nothing,
    sweepLayers: nothing,
    resume: nothing,
    tick: nothing,
    close: async () => undefined,
  };
  const machines = {
    boot: nothing,
    stop: nothing,
    terminate: nothing,
    capture: nothing,
    has: () => false,
    prepare: async () => undefined,
    sshPort: () => 22,
    resume: nothing,
    close: async () => undefined,
  };
  return {
    store: { ...store, commit: nothing },
    clock: openClock(0),
    faults: openFaults({}),
    builder,
    machines,
    files: openObjectFiles(folder),
    keys: openKeyFiles(folder),
    calls: new Map(),
  };
}

const words = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    'ami-0123456789abcdef0',
    '/a/b',
    'arn:aws:imagebuilder:us-east-1:111122223333:image/a/1.0.0/1',
    '-1',
    'true',
    '__proto__',
    'constructor',
    '1.0.0',
    'us-east-1',
    '*',
    '\\',
  ),
);

/** Any operation of any model, with arbitrary values for its members. */
const operations = fc.constantFrom(
  ...models.flatMap(({ service, model }) =>
    Object.entries(model.operations).map(([name, operation]) => ({
      service,
      name,
      operation,
      protocol: model.metadata.protocol,
      target: model.metadata.targetPrefix,
      members: Object.keys(model.shapes[operation.input ?? '']?.members ?? {}),
    })),
  ),
);
type Chosen = typeof operations extends fc.Arbitrary<infer T> ? T : never;

const anything = fc.oneof(words, fc.jsonValue({ maxDepth: 3 }));

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Encodes a request for an operation in the protocol of its service. */
const aimed = operations.chain((chosen: Chosen) => {
  const names = chosen.members.length === 0 ? words : fc.oneof(fc.constantFrom(...chosen.members), words);
  return fc
    .array(fc.tuple(names, anything, fc.constantFrom('', '.1', '.1.Name', '.1.Value.1', '.member.1', '.x')), {
      maxLength: 6,
    })
    .map((fields) => {
      const isForm = chosen.protocol === 'ec2' || chosen.protocol === 'query';
      const body = isForm
        ? new URLSearchParams([
            ['Action', chosen.name],
            ...fields.map(([name, value, suffix]) => [name + suffix, asText(value)]),
          ]).toString()
        : JSON.stringify(Object.fromEntries(fields.map(([name, value]) => [name, value])));
      const query = new URLSearchParams(fields.slice(0, 2).map(([name, value]) => [name, asText(value)]));
      return {
        method: chosen.operation.method,
        url:
          chosen.protocol === 'rest-xml'
            ? `${chosen.operation.requestUri.replace('{Bucket}', 'b').replace('{Key+}', 'k')}${chosen.operation.requestUri.includes('?') ? '&' : '?'}${query}`
            : chosen.protocol === 'rest-json'
              ? `${chosen.operation.requestUri.replace(/\{.*\}/, 'arn%3Aaws')}?${query}`
              : '/',
        headers: {
          authorization: `Credential=A/20261121/us-east-1/${chosen.service}/aws4_request`,
          ...(chosen.target === undefined ? {} : { 'x-amz-target': `${chosen.target}.${chosen.name}` }),
        },
        body,
      };
    });
});

const wild = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'BREW'),
  url: fc.oneof(fc.webPath(), fc.string({ unit: 'binary' })).map((text) => `/${text}`),
  headers: fc.record(
    {
      authorization: fc.oneof(
        words,
        fc
          .constantFrom(...services)
          .map((service) => `Credential=A/20261121/us-east-1/${service}/aws4_request`),
      ),
      'x-amz-target': words,
      'content-type': words,
    },
    { requiredKeys: [] },
  ),
  body: fc.oneof(words, fc.json(), fc.string({ unit: 'binary', maxLength: 500 })),
});

test('any request to any operation gets a 200 or 4xx response', { timeout: 0 }, async () => {
  const account = await openFuzzAccount();
  let fine = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(aimed, aimed, wild), async (request) => {
      const { status, body } = await answer(account, request);
      expect(body).not.toContain('SandboxBug');
      expect((status >= 200 && status < 300) || (status >= 400 && status < 500)).toBe(true);
      if (status === 200) fine++;
    }),
    { numRuns },
  );
  // If few requests succeed, the fuzzer exercises little code behind the decoder.
  expect(fine).toBeGreaterThan(numRuns / 200);
});

test('the server survives any bytes on the socket', { timeout: 120_000 }, async () => {
  const { sandbox } = await openAccount();
  const port = Number(new URL(sandbox.endpoint).port);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        words.map((text) => Buffer.from(`POST / HTTP/1.1\r\nHost: localhost\r\n${text}`)),
      ),
      async (bytes) => {
        await new Promise<void>((resolve) => {
          const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
          socket.on('error', () => resolve());
          socket.on('close', () => resolve());
          socket.resume();
        });
      },
    ),
    { numRuns: Math.min(numRuns, 300) },
  );
  expect(await control(sandbox, 'faults')).toEqual({});
});

test('any text is read as a component document or refused with a reason', { timeout: 0 }, () => {
  const fragments = fc.constantFrom(
    'schemaVersion: 1.0\n',
    'phases:\n',
    '  - name: build\n',
    '    steps:\n',
    '      - name: x\n',
    '        action: ExecuteBash\n',
    '        inputs:\n',
    '          commands: [a]\n',
    '&a [*a]\n',
    '- ',
    '? ',
    '!!binary ',
    '{',
    '}',
    '<<: *a\n',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(fragments, words), { maxLength: 20 }), (parts) => {
      const read = readDocument(parts.join(''));
      expect('error' in read ? read.error.length : read.phases.length).toBeGreaterThan(0);
    }),
    { numRuns },
  );
});

test('a line of the store is read back unchanged, and an altered line is refused', { timeout: 0 }, () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(), fc.nat(255), (value, at, by) => {
      const line = writeLine(value).slice(0, -1);
      expect(readLine(line)).toEqual({ value: JSON.parse(JSON.stringify(value)) as unknown });
      const bytes = Buffer.from(line);
      bytes[at % bytes.length] = by;
      const altered = bytes.toString();
      if (altered !== line) expect(readLine(altered)).toBeUndefined();
    }),
    { numRuns },
  );
});
