/** Tests the reader of S3 endpoint policies: what a policy allows, and that no text makes the reader throw. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayRead } from '../../src/preflight/policy.ts';

const BUCKET = 'ec2imagebuilder-toe-us-east-1-prod';
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 10_000);
const allow = {
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: `arn:aws:s3:::${BUCKET}/*`,
};
const verdict = (...statements: object[]): string =>
  mayRead(JSON.stringify({ Version: '2012-10-17', Statement: statements }), 'aws', BUCKET);

test.each([
  ['the bucket', [allow], 'allowed'],
  ['everything', [{ ...allow, Action: '*', Resource: '*' }], 'allowed'],
  ['a pattern of buckets', [{ ...allow, Resource: 'arn:aws:s3:::ec2imagebuilder-toe-*/*' }], 'allowed'],
  [
    'lists of actions and buckets',
    [{ ...allow, Action: ['s3:PutObject', 's3:Get*'], Resource: ['arn:aws:s3:::x', '*'] }],
    'allowed',
  ],
  ['actions in another letter case', [{ ...allow, Action: 'S3:getobject' }], 'allowed'],
  ['any AWS principal', [{ ...allow, Principal: { AWS: '*' } }], 'allowed'],
  ['all but one action', [{ ...allow, Action: undefined, NotAction: 's3:DeleteBucket' }], 'allowed'],
  ['other buckets only', [{ ...allow, Resource: 'arn:aws:s3:::corp-*' }], 'denied'],
  ['the bucket but not its objects', [{ ...allow, Resource: `arn:aws:s3:::${BUCKET}` }], 'denied'],
  ['other actions only', [{ ...allow, Action: 's3:ListBucket' }], 'denied'],
  ['all actions but reading', [{ ...allow, Action: undefined, NotAction: 's3:Get*' }], 'denied'],
  ['the bucket, with a second statement that denies it', [allow, { ...allow, Effect: 'Deny' }], 'denied'],
  ['nothing', [], 'denied'],
  [
    'the bucket, under a condition',
    [{ ...allow, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }],
    'unknown',
  ],
  ['one role', [{ ...allow, Principal: { AWS: 'arn:aws:iam::111122223333:role/x' } }], 'unknown'],
  [
    'the bucket, denied under a condition',
    [allow, { ...allow, Effect: 'Deny', Condition: { Bool: { x: 'y' } } }],
    'unknown',
  ],
])('a policy that allows %s', (_, statements, expected) => {
  expect(verdict(...statements)).toBe(expected);
});

test('an empty policy means the default, which allows everything; a truncated policy is unknown', () => {
  expect(mayRead('', 'aws', BUCKET)).toBe('allowed');
  expect(mayRead('{', 'aws', BUCKET)).toBe('unknown');
  expect(mayRead('null', 'aws', BUCKET)).toBe('unknown');
});

test('any text and any JSON gets one of the three results', () => {
  const statement = fc.record(
    {
      Effect: fc.oneof(fc.constantFrom('Allow', 'Deny'), fc.jsonValue({ maxDepth: 1 })),
      Principal: fc.oneof(fc.constant('*'), fc.jsonValue({ maxDepth: 1 })),
      Action: fc.oneof(
        fc.constantFrom('*', 's3:*', 's3:Get?bject', '(((', '[a-'),
        fc.jsonValue({ maxDepth: 1 }),
      ),
      Resource: fc.oneof(fc.constantFrom('*', 'arn:aws:s3:::*', '\\', '**'), fc.jsonValue({ maxDepth: 1 })),
      Condition: fc.jsonValue({ maxDepth: 1 }),
    },
    { requiredKeys: [] },
  );
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.array(statement, { maxLength: 4 }).map((Statement) => JSON.stringify({ Statement })),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(['allowed', 'denied', 'unknown']).toContain(mayRead(text, 'aws', BUCKET));
    }),
    { numRuns: RUNS },
  );
});

test('a pattern with many wildcards is evaluated without backtracking', () => {
  // Otherwise it would not end within the time limit of a test.
  expect(['allowed', 'denied', 'unknown']).toContain(verdict({ ...allow, Resource: `${'*a'.repeat(40)}*b` }));
});
