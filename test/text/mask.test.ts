/** Tests of masking: a secret leaks in every form, and none may get through. */
import { describe, expect, test } from 'vitest';
import { createMask, secretsOf } from '../../src/text/mask.ts';

const SECRET = 'pä$$"w0rd/+&=x\\y';

function masked(text: string): string {
  const mask = createMask();
  mask.add(SECRET);
  return mask.text(text);
}

describe('a registered secret', () => {
  test.each([
    ['as it is', SECRET],
    ['URI-encoded', encodeURIComponent(SECRET)],
    [
      'URI-encoded with lower-case hex digits',
      encodeURIComponent(SECRET).replace(/%../g, (code) => code.toLowerCase()),
    ],
    ['form-encoded', new URLSearchParams({ a: SECRET }).toString().slice(2)],
    ['inside JSON', JSON.stringify({ a: SECRET }).slice(6, -2)],
  ])('is masked %s', (_, form) => {
    expect(masked(`before ${form} after`)).toBe('before *** after');
  });

  test.each(['', 'u', 'us', 'use', 'user:', 'x'.repeat(11)])('is masked in base64 after %j', (prefix) => {
    for (const encoding of ['base64', 'base64url'] as const) {
      const leak = Buffer.from(`${prefix}${SECRET} and more`).toString(encoding);
      const shown = masked(`Authorization: Basic ${leak}`);
      expect(shown).toContain('***');
      // Not even half of the secret can be decoded from the rest.
      const left = shown.replace('Authorization: Basic ', '').split('***');
      const decoded = left.map((part) => Buffer.from(part, 'base64').toString('latin1')).join('');
      expect(decoded).not.toContain(Buffer.from(SECRET).toString('latin1').slice(0, 6));
    }
  });

  test('with several lines is masked line by line', () => {
    const mask = createMask();
    mask.add('-----BEGIN KEY-----\nabcdefgh\nijklmnop\n');
    expect(mask.text('log: ijklmnop')).toBe('log: ***');
    expect(mask.text('log: abcdefgh')).toBe('log: ***');
  });

  test('that contains another secret is masked as a whole', () => {
    const mask = createMask();
    mask.add('inner-part');
    mask.add('outer-inner-part-outer');
    expect(mask.text('outer-inner-part-outer')).toBe('***');
  });

  test.each(['true', 'sandbox', 'us-east', 'x', 'bakery'])(
    'of less than eight characters is not masked: %s',
    (word) => {
      const mask = createMask();
      mask.add(word);
      const text = `bake run --${word} ${encodeURIComponent(word)} ${Buffer.from(word).toString('base64')}`;
      expect(mask.text(text)).toBe(text);
    },
  );

  test.each([
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'AKIAIOSFODNN7EXAMPLE', 'changeit', 'minioadmin', 'password',
  ])('that everybody knows is not masked: %s', (known) => {
    const mask = createMask();
    mask.add(known);
    expect(mask.text(`--${known}`)).toBe(`--${known}`);
  }); // prettier-ignore

  test('of eight characters is masked', () => {
    const mask = createMask();
    mask.add('s3cr3t-8');
    expect(mask.text('before s3cr3t-8 after')).toBe('before *** after');
  });
});

describe('the environment', () => {
  test('yields secrets by their names, and the passwords of proxies', () => {
    const env = {
      AWS_SECRET_ACCESS_KEY: 'aaaaa',
      GITHUB_TOKEN: 'bbbbb',
      DB_PASSWORD: 'ccccc',
      HTTPS_PROXY: 'http://me:d%40ddd@proxy.corp.example:3128',
      http_proxy: 'http://proxy.corp.example:3128',
    };
    expect(secretsOf(env)).toEqual(['aaaaa', 'bbbbb', 'ccccc', 'd%40ddd', 'd@ddd']);
  });

  test('does not mask values whose names only refer to a secret', () => {
    const env = {
      AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/token',
      JOIN_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:1:secret:x',
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x',
      AWS_REGION: 'us-east-1',
    };
    expect(secretsOf(env)).toEqual([]);
  });
});
