/** Tests links and URLs by parsing them again. */
import { describe, expect, test } from 'vitest';
import { deployCommand, objectUrl, quickCreateLink } from '../../src/template/launch.ts';

const parameters = [
  { name: 'ClusterName', default: 'prod' },
  { name: 'AmiAlinux2X8664', default: '/hpc/ami/stable/alinux2/x86_64/3.15.1' },
  { name: 'Odd', default: 'a b&c=d#e?f+g%/ü' },
];

describe('the quick-create link', () => {
  test.each([
    ['us-east-1', 'us-east-1.console.aws.amazon.com'],
    ['cn-north-1', 'console.amazonaws.cn'],
    ['us-gov-west-1', 'console.amazonaws-us-gov.com'],
    ['us-iso-east-1', 'console.c2shome.ic.gov'],
  ])('of %s opens its console with all values filled in', (region, host) => {
    const url = objectUrl('hpc-templates', region, 'clusters/a b/prod-1.yaml');
    const link = new URL(quickCreateLink({ region, stackName: 'prod-stack', parameters }, url));
    expect([link.protocol, link.host, link.pathname]).toEqual(['https:', host, '/cloudformation/home']);
    expect(Object.fromEntries(link.searchParams)).toEqual({ region });
    const [path, query] = link.hash.split('?');
    expect(path).toBe('#/stacks/create/review');
    // The console decodes %20 and %2F, but not a +.
    expect(query).not.toContain('+');
    const said = Object.fromEntries(
      (query ?? '').split('&').map((pair) => pair.split('=').map(decodeURIComponent) as [string, string]),
    );
    expect(said).toEqual({
      templateURL: url,
      stackName: 'prod-stack',
      param_ClusterName: 'prod',
      param_AmiAlinux2X8664: '/hpc/ami/stable/alinux2/x86_64/3.15.1',
      param_Odd: 'a b&c=d#e?f+g%/ü',
    });
  });
});

describe('the address of an object', () => {
  test.each([
    ['b1', 'eu-west-1', 'k.yaml', 'https://b1.s3.eu-west-1.amazonaws.com/k.yaml'],
    ['b1', 'cn-north-1', 'p/k.yaml', 'https://b1.s3.cn-north-1.amazonaws.com.cn/p/k.yaml'],
    ['b.1', 'eu-west-1', 'p/k.yaml', 'https://s3.eu-west-1.amazonaws.com/b.1/p/k.yaml'],
    ['b1', 'us-isob-east-1', "p'(/k", "https://b1.s3.us-isob-east-1.sc2s.sgov.gov/p'(/k"],
  ])('in %s of %s', (bucket, region, key, url) => {
    expect(objectUrl(bucket, region, key)).toBe(url);
  });
});

test('the command has one word for each value, whatever the name of the file', () => {
  const launch = { region: 'us-east-1', stackName: 'prod-stack', parameters };
  expect(deployCommand(launch, "a 'b'.yaml", 'big')).toBe(
    "aws cloudformation deploy --region us-east-1 --stack-name prod-stack --template-file 'a '\\''b'\\''.yaml' --s3-bucket big --capabilities CAPABILITY_AUTO_EXPAND CAPABILITY_NAMED_IAM",
  );
});
