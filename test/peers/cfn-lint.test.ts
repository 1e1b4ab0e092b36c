/** Tests that cfn-lint finds nothing in the CloudFormation templates that we ship. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder, repository } from '../support/project.ts';

const cfnLint = path.join(repository, '.cache/peers/bin/cfn-lint');
const missing = !fs.existsSync(cfnLint);
if (missing && process.env['CI'] === 'true')
  throw new Error('cfn-lint is not installed: scripts/ci-setup does it');

const templates = path.join(repository, 'templates/aws');

function lint(file: string): string {
  const ran = spawnSync(cfnLint, ['--include-checks', 'I', '--', file], {
    cwd: repository,
    encoding: 'utf8',
  });
  if (ran.error) throw ran.error;
  return ran.stdout + ran.stderr;
}

describe.skipIf(missing)(`cfn-lint${missing ? ' (skipped: not installed)' : ''}`, () => {
  it.each(fs.readdirSync(templates))('passes %s', (name) => {
    expect(lint(path.join(templates, name))).toBe('');
  });

  it('finds a mistake', () => {
    const file = path.join(emptyFolder(), 'broken.yaml');
    const text = fs.readFileSync(path.join(templates, 'bakery.yaml'), 'utf8');
    fs.writeFileSync(file, text.replace('!GetAtt BakeRole.Arn', '!GetAtt BakedRole.Arn'));
    expect(lint(file)).toContain('BakedRole');
    fs.rmSync(path.dirname(file), { recursive: true });
  });
});
