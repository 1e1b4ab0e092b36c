/** Owns that `bake iam` prints what runs really call: no action too few, none too many. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { actions, iamPolicy } from '../../src/aws/actions.ts';
import { stateOf, withAccount } from '../support/account.ts';
import { bake } from '../support/bake.ts';
import { exampleProject } from '../support/project.ts';

describe('the IAM policy', () => {
  it('allows every call of a whole run over two Regions, and nothing that no run calls', async () => {
    const folder = exampleProject();
    const calls = await withAccount({ state: stateOf(folder) }, async (_aws, { endpoint }) => {
      const env = { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };
      const ran = await bake(['--os', 'ubuntu2204', '--arch', 'x86_64'], { cwd: folder, env });
      expect(ran.exitCode, ran.stderr).toBe(0);
      return Object.keys(
        (await (await fetch(`${endpoint}/_sandbox/calls`)).json()) as Record<string, number>,
      );
    });
    fs.rmSync(folder, { recursive: true });
    const allowed = new Set(actions.map((row) => row.action));
    expect(calls.filter((call) => !allowed.has(call))).toEqual([]);
    // The rest is for cases that this run did not meet: a stop in mid-build, an id no longer in EC2.
    const unused = [...allowed].filter((action) => !calls.includes(action)).sort();
    expect(unused).toEqual([
      'ec2:DeleteSnapshot',
      'ec2:DeregisterImage',
      'imagebuilder:CancelImageCreation',
      'ssm:GetParameterHistory',
    ]);
  });

  it('names an account, a partition and no wildcard for what can be named', () => {
    const policy = JSON.stringify(
      iamPolicy({
        account: '111122223333',
        partition: 'aws-us-gov',
        parameterPath: '/hpc/ami/',
        prefix: 'bakery',
        role: 'builder',
      }),
    );
    expect(policy).toContain('arn:aws-us-gov:ssm:*:111122223333:parameter/hpc/ami/*');
    expect(policy).toContain('arn:aws-us-gov:imagebuilder:*:111122223333:image/bakery-*');
    expect(policy).not.toContain('undefined');
    expect(policy).not.toContain('arn:aws:');
  });
});
