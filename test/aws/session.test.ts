/** Tests presigned URLs: their signature equals the one that the rules of AWS give. */
import { createHash, createHmac } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { addressOf } from '../../src/aws/objects.ts';
import { openSession } from '../../src/aws/session.ts';

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'an/example+of=a key',
  sessionToken: 't/o+k=',
};
const aws = openSession({ env: {}, credentials });
afterAll(() => aws.close());

/** The steps of "Authenticating Requests: Using Query Parameters" (S3 API reference), in the same order. */
function signatureOf(address: string, secret: string): string {
  const url = new URL(address);
  const get = (name: string): string => url.searchParams.get(name) ?? '';
  const encoded = (text: string): string =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&');
  const canonical = ['GET', url.pathname, query, `host:${url.host}`, '', 'host', 'UNSIGNED-PAYLOAD'].join(
    '\n',
  );
  const [, date = '', region = '', service = ''] = get('X-Amz-Credential').split('/');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const digest = createHash('sha256').update(canonical).digest('hex');
  const text = ['AWS4-HMAC-SHA256', get('X-Amz-Date'), scope, digest].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    (from, part) => createHmac('sha256', from).update(part).digest(),
    `AWS4${secret}`,
  );
  return createHmac('sha256', key).update(text).digest('hex');
}

describe('a presigned URL', () => {
  it('has in this test the rules that give the example of the reference', () => {
    const address =
      'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host';
    expect(signatureOf(address, 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY')).toBe(
      'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
  });

  it.each([
    ['eu-west-1', 'sha256/ab/abcd'],
    ['us-gov-west-1', "a b+c/ü'(1)*.gz"],
  ])('in %s has the signature of its object', async (region, key) => {
    const address = await addressOf({ aws, region, name: 'corp-assets' }, key, 900);
    const url = new URL(address);
    expect(url.host).toBe(`corp-assets.s3.${region}.amazonaws.com`);
    expect(decodeURIComponent(url.pathname)).toBe(`/${key}`);
    expect(url.searchParams.get('X-Amz-Security-Token')).toBe('t/o+k=');
    expect(url.searchParams.get('X-Amz-Expires')).toBe('900');
    expect(url.searchParams.get('X-Amz-Signature')).toBe(signatureOf(address, credentials.secretAccessKey));
    expect(signatureOf(address.replace('900', '901'), credentials.secretAccessKey)).not.toBe(
      url.searchParams.get('X-Amz-Signature'),
    );
  });
});
