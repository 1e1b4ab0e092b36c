/** Tests the secrets row: it fails for every kind of secret without printing it, and ignores legitimate files. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { secretsRow } from '../../../src/image/hygiene/secrets.ts';
import { renderRow } from '../../../src/image/script.ts';
import { packagedTemplates } from '../../../src/text/templates.ts';
import { newRoot, runIn, type Ran } from '../support/sandboxed.ts';

const script = renderRow(secretsRow(['hygiene']), packagedTemplates()).script;
const DAY_AGO = new Date(Date.now() - 86_400_000);
const some = (length: number): string => 'aB3'.repeat(20).slice(0, length);
// Assembled from parts, so that secret scanners do not report this file.
const token = (head: string, tail: string, length: number): string => [head, tail, some(length)].join('');
const key = (kind: string): string => ['-----BEGIN', `${kind}KEY-----`].join(' ');

function scan(files: Record<string, string>): Ran & { shown: string } {
  const root = newRoot({ 'opt/bakery/hygiene': '', 'etc/passwd': 'root:x:0:0::/root:\n', ...files });
  for (const file of Object.keys(files)) fs.utimesSync(path.join(root, file), DAY_AGO, DAY_AGO);
  const ran = runIn(root, script);
  return { ...ran, shown: ran.output.replace(/bake-report.*/, '') + (ran.report?.text ?? '') };
}

const SECRETS: [string, string, string, string][] = [
  ['a private key', 'etc/pki/site.pem', key('RSA PRIVATE '), 'a private key'],
  ['an OpenSSH key', 'home/ec2-user/.ssh/id_ed25519', key('OPENSSH PRIVATE '), 'a private key'],
  ['a PKCS #8 key in a backup', 'etc/ssl/site.key~', key('PRIVATE '), 'a private key'],
  ['a PGP key', 'root/backup.asc', key('PGP PRIVATE ').replace('KEY', 'KEY BLOCK'), 'a private key'],
  ['an AWS access key', 'root/deploy.sh', `export AWS_ACCESS_KEY_ID=AKIA${'Q'.repeat(16)}`, 'an AWS key'],
  ['a temporary AWS key', 'etc/environment', `X=ASIA${'Q'.repeat(16)}`, 'an AWS key'],
  ['an AWS secret key', 'etc/site.ini', `aws_secret_access_key = ${some(40)}`, 'an AWS key'],
  ['an AWS secret key in capitals', 'etc/environment', `AWS_SECRET_ACCESS_KEY=${some(40)}`, 'an AWS key'],
  ['an AWS secret key in JSON', 'var/lib/cloud/x', `{"SecretAccessKey": "${some(40)}"}`, 'an AWS key'],
  ['a GitHub token', 'root/.gitconfig', `token = ${token('gh', 'p_', 36)}`, 'a token'],
  ['a fine-grained GitHub token', 'root/x', token('github', '_pat_', 30), 'a token'],
  ['a GitLab token', 'etc/x', token('gl', 'pat-', 20), 'a token'],
  ['a Slack token', 'etc/x', token('xo', 'xb-', 30), 'a token'],
  ['an npm token', 'root/.npmrc', `//npm.corp.example/:_authToken=${some(20)}`, 'a token'],
  ['an npm login', 'root/.npmrc', `_auth=${some(20)}`, 'a token'],
  ['a container login', 'root/.docker/config.json', `{"auths":{"x":{"auth": "${some(24)}"}}}`, 'a token'],
  [
    'a login in a URL',
    'etc/pip.conf',
    `index-url = https://bob:${some(9)}@pip.corp.example/simple`,
    'a login in a URL',
  ],
  [
    'a login in a proxy',
    'etc/environment',
    `https_proxy=http://bob:${some(9)}@10.0.0.1:3128`,
    'a login in a URL',
  ],
  [
    'a login in an apt source',
    'etc/apt/sources.list',
    `deb https://b:${some(9)}@m.corp.example x main`,
    'a login in a URL',
  ],
  ['a password of a repository', 'etc/yum.repos.d/x.repo', `password=${some(9)}`, 'a password'],
  [
    'a proxy password in a backup',
    'etc/yum.repos.d/x.repo.rpmnew',
    `proxy_password = ${some(9)}`,
    'a password',
  ],
  ['a recorded original', 'opt/bakery/originals/etc/x.repo', `password=${some(9)}`, 'a password'],
  ['netrc', 'root/.netrc', `machine m.corp.example\n  login bob\n  password ${some(9)}`, 'a password'],
  [
    'apt auth',
    'etc/apt/auth.conf.d/site.conf',
    `machine m.corp.example login bob password ${some(9)}`,
    'a password',
  ],
  ['a file whose name has a space and a colon', 'etc/a b:7:c', key('PRIVATE '), 'a private key'],
];

describe('the secrets row', () => {
  test.each(SECRETS)('finds %s', (_, file, text, kind) => {
    const ran = scan({ [file]: `first line\n${text}\n` });
    expect(ran.report).toMatchObject({ outcome: 'failed' });
    const line = text.split('\n').length + 1;
    expect(ran.shown).toContain(`/${file}:${line}: ${kind}`);
    for (const secret of [some(9), 'Q'.repeat(16)]) expect(ran.shown).not.toContain(secret);
  });

  test.each([
    [
      'a placeholder',
      'etc/site.conf',
      'url = https://<user>:<password>@host/\nx=https://$U:$P@h/\npassword = ${PW}\npassword=\n',
    ],
    ['an interpolation', 'etc/site.conf', 'url = https://%(user)s:%(pass)s@h/\n'],
    ['an example of the AWS manual', 'etc/site.conf', ['# AKIAIOSFODNN7', 'EXAMPLE\n'].join('')],
    [
      'an example of a library',
      'root/url.py',
      '#: http://username:password@host.example:80\n    password = ask(user)\n',
    ],
    ['a port and a mail address', 'etc/site.conf', 'https://host:3128/ mail bob@corp.example\n'],
    ['a public key', 'etc/x.pub', '-----BEGIN PUBLIC KEY-----\n-----BEGIN CERTIFICATE-----\n'],
    [
      'PAM',
      'etc/pam.d/common-password',
      'password requisite pam_pwquality.so\npassword\trequired pam_unix.so\n',
    ],
    ['the key of the snakeoil certificate', 'etc/ssl/private/ssl-cert-snakeoil.key', key('PRIVATE ')],
    ['the keys of RHUI', 'etc/pki/rhui/product/content.key', key('RSA PRIVATE ')],
    ['binary files', 'etc/x.db', `\0${key('PRIVATE ')}`],
  ])('passes with %s', (_, file, text) => {
    expect(scan({ [file]: text })).toMatchObject({ status: 0, report: { outcome: 'passed' } });
  });

  test('accepts a list of allowed paths and prints the files that it allowed', () => {
    const files = { 'etc/munge/x.key': key('PRIVATE '), 'etc/other.key': key('PRIVATE ') };
    const root = newRoot({ 'opt/bakery/hygiene': '', ...files });
    for (const file of Object.keys(files)) fs.utimesSync(path.join(root, file), DAY_AGO, DAY_AGO);
    const allow = (...lines: string[]) =>
      fs.writeFileSync(path.join(root, 'opt/bakery/allowed-secrets'), lines.join('\n'));
    allow('# ours', '', `${root}/etc/munge/*`);
    expect(runIn(root, script).report).toMatchObject({ outcome: 'failed' });
    allow(`${root}/etc/munge/*`, `${root}/etc/other.key`);
    const { report } = runIn(root, script);
    expect(report).toMatchObject({ outcome: 'passed' });
    expect(report?.text).toContain(`allowed: ${root}/etc/other.key:1: a private key`);
  });

  test('ignores files that a later boot of the image created', () => {
    const root = newRoot({ 'opt/bakery/hygiene': '', 'etc/new.key': key('PRIVATE ') });
    fs.utimesSync(path.join(root, 'opt/bakery/hygiene'), DAY_AGO, DAY_AGO);
    expect(runIn(root, script).report).toMatchObject({ outcome: 'passed' });
  });

  test('fails if grep finds nothing because it is not the real grep', () => {
    expect(runIn(newRoot(), script.replaceAll('grep -', 'true -')).report).toMatchObject({
      outcome: 'failed',
    });
  });
});
