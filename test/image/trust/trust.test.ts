/** Tests the trust part: what it puts into an image, with ordinary and with unusual paths, and what its rows find. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { ImageInputs } from '../../../src/image/inputs.ts';
import { imageParts } from '../../../src/image/parts.ts';
import { imageSteps } from '../../../src/image/steps.ts';
import { parseCertificates } from '../../../src/image/trust/certificates.ts';
import { stores } from '../../../src/image/trust/stores.ts';
import { verifyRows } from '../../../src/image/verify.ts';
import { packagedTemplates } from '../../../src/text/templates.ts';
import { packagePath } from '../../../src/util/package-path.ts';
import { fullInputs } from '../support/inputs.ts';
import { ecKey, makeCertificate, pem } from '../support/make-certificate.ts';
import { newRoot, runIn } from '../support/sandboxed.ts';

const templates = packagedTemplates();
const inputs: ImageInputs = { ...fullInputs('ubuntu2204'), recipe: [{ use: 'trust' }] };
const own = inputs.certificates[0]?.pem ?? '';
const anchors = 'usr/local/share/ca-certificates';
const bundle = 'etc/ssl/certs/ca-certificates.crt';

function step(root: string, id: string, with_: ImageInputs = inputs) {
  const steps = imageSteps(imageParts(with_), templates);
  for (const { script } of steps.filter((one) => one.id.startsWith('trust-cas'))) runIn(root, script);
  return runIn(root, steps.find((one) => one.id === id)?.script ?? 'exit 99');
}

function row(root: string, id: string, with_: ImageInputs = inputs) {
  return runIn(
    root,
    verifyRows(imageParts(with_), templates).find((one) => one.id === id)?.script ?? 'exit 99',
  ).report;
}

const idsOf = (with_: ImageInputs) => ({
  steps: imageSteps(imageParts(with_), templates).filter(({ id }) => id.startsWith('trust')),
  rows: verifyRows(imageParts(with_), templates).filter(({ id }) => id.startsWith('trust')),
});

test('without a CA there are no steps and no rows', () => {
  expect(idsOf({ ...inputs, certificates: [] })).toEqual({ steps: [], rows: [] });
});

test('a handshake server gives one row for each runtime, and each row needs the network', () => {
  const without = idsOf({ ...inputs, handshake: undefined }).rows;
  const { rows } = idsOf({ ...inputs, handshake: 'https://mirror.corp.example:8443/pypi/' });
  const handshakes = rows.filter(({ id }) => !without.some((one) => one.id === id));
  expect(handshakes).toHaveLength(10);
  expect(handshakes.filter(({ needs }) => needs.network !== true)).toEqual([]);
  expect(without.filter(({ needs }) => needs.network === true)).toEqual([]);
  expect(handshakes.find(({ id }) => id === 'trust-openssl')?.script).toContain("'mirror.corp.example:8443'");
});

test('every kind of store has its own row', () => {
  const ids = idsOf(inputs).rows.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(stores.map(({ id }) => `trust-store-${id}`)));
});

test('each CA is a separate file with the extension that the OS reads', () => {
  const root = newRoot();
  expect(step(root, 'trust-anchors').status).toBe(0);
  const [file = ''] = readdirSync(path.join(root, anchors));
  expect(file).toMatch(/^bakery-corp-example-root-ca-[0-9a-f]{12}\.crt$/);
  expect(readFileSync(path.join(root, anchors, file), 'utf8')).toBe(own);
  expect(statSync(path.join(root, anchors, file)).mode & 0o777).toBe(0o644);
  expect(row(root, 'trust-anchors')?.outcome).toBe('passed');
  writeFileSync(path.join(root, anchors, file), 'other');
  expect(row(root, 'trust-anchors')?.outcome).toBe('failed');
});

test('a CA that is no longer configured is removed; files of others stay', () => {
  const root = newRoot({ [`${anchors}/site.crt`]: own });
  const second = parseCertificates(
    'x',
    Buffer.from(pem(makeCertificate({ key: ecKey() }))),
    new Date('2030-01-01'),
  ).certificates;
  step(root, 'trust-anchors', { ...inputs, certificates: [...inputs.certificates, ...second] });
  expect(readdirSync(path.join(root, anchors))).toHaveLength(3);
  expect(row(root, 'trust-anchors')?.outcome).toBe('failed');
  step(root, 'trust-anchors');
  expect(readdirSync(path.join(root, anchors)).sort()).toEqual([
    expect.stringMatching(/^bakery-corp/),
    'site.crt',
  ]);
  expect(row(root, 'trust-anchors')?.outcome).toBe('passed');
});

test('the bundle row finds a CA among others with any line endings', () => {
  const noise = own.replace(/^M/m, 'N');
  const root = newRoot({ [bundle]: `# c\n${noise}${own.replaceAll('\n', '\r\n')}` });
  step(root, 'trust-anchors');
  expect(row(root, 'trust-bundle')).toMatchObject({ outcome: 'passed' });
  writeFileSync(path.join(root, bundle), noise);
  expect(row(root, 'trust-bundle')).toMatchObject({ outcome: 'failed' });
  writeFileSync(path.join(root, bundle), own);
  rmSync(path.join(root, anchors), { recursive: true });
  expect(row(root, 'trust-bundle')).toMatchObject({ outcome: 'failed' });
});

test('the row fails for a bundle that lost the public roots, but not for one that lost a few', () => {
  const root = newRoot({ [bundle]: own.repeat(10) });
  step(root, 'trust-anchors');
  writeFileSync(path.join(root, bundle), own.repeat(10));
  expect(row(root, 'trust-public-roots')?.outcome).toBe('passed');
  writeFileSync(path.join(root, bundle), own.repeat(8));
  expect(row(root, 'trust-public-roots')?.outcome).toBe('failed');
  // A second bake does not record the worse state as the original one.
  step(root, 'trust-anchors');
  expect(row(root, 'trust-public-roots')?.outcome).toBe('failed');
});

test('a private key among the anchors makes the row fail', () => {
  const root = newRoot({ [`${anchors}/a.crt`]: 'x', [bundle]: 'x' });
  expect(row(root, 'trust-no-private-key')?.outcome).toBe('passed');
  writeFileSync(path.join(root, anchors, 'b.crt'), '-----BEGIN RSA PRIVATE KEY-----\n');
  expect(row(root, 'trust-no-private-key')?.outcome).toBe('failed');
});

test.each([
  ['ca_certs:\n  remove_defaults: true\n', 'failed'],
  ['ca-certs: { remove-defaults: yes, trusted: [] }\n', 'failed'],
  ['ca_certs: {"remove_defaults": "True"}\n', 'failed'],
  ['ca_certs:\n  remove_defaults: false\n', 'passed'],
  ['# remove_defaults: true\nusers: []\n', 'passed'],
])('cloud-init with %j: the row %s', (text, outcome) => {
  const root = newRoot({ 'etc/cloud/cloud.cfg': 'users: []\n', 'etc/cloud/cloud.cfg.d/90_site.cfg': text });
  expect(row(root, 'trust-cloud-init')?.outcome).toBe(outcome);
});

const found = [
  "opt/parallelcluster/pyenv/versions/3.9.20/envs/a b $(x) 'q'/lib/python3.9/site-packages/certifi/cacert.pem",
  'root/.pyenv/versions/3.6.9/lib/python3.6/site-packages/pip/_vendor/certifi/cacert.pem',
  'usr/local/aws-cli/v2/2.1/dist/awscli/botocore/cacert.pem',
  'usr/lib/python2.7/site-packages/botocore/cacert.pem',
  'opt/miniforge3/envs/x/ssl/cacert.pem',
  'opt/chef/embedded/ssl/certs/cacert.pem',
];
const others = [
  'opt/bakery/originals/opt/x/certifi/cacert.pem',
  'opt/mysql/ssl/cacert.pem',
  'home/x/certifi/cacert.pem',
];

test('every store in every place follows the OS, and other files stay', () => {
  const root = newRoot(
    Object.fromEntries([...found, ...others, bundle].map((file) => [file, `old ${file}`])),
  );
  const ran = step(root, 'trust-stores');
  expect(ran.output).toContain('linked: ');
  for (const file of found) expect(readlinkSync(path.join(root, file))).toBe(path.join(root, bundle));
  for (const file of others) expect(lstatSync(path.join(root, file)).isFile()).toBe(true);
  expect(readlinkSync(path.join(root, 'etc/cfn/ca-override.pem'))).toBe(path.join(root, bundle));
  expect(['python', 'aws', 'conda', 'cinc'].map((id) => row(root, `trust-store-${id}`)?.outcome)).toEqual(
    Array.from({ length: 4 }, () => 'passed'),
  );
  expect(step(root, 'trust-stores').output).not.toContain('linked: ');
});

test.each(found)('%s with its own CAs makes the row fail', (file) => {
  const root = newRoot({ [bundle]: own, [file]: own });
  const kind = file.includes('botocore') ? 'aws' : file.includes('certifi') ? 'python' : 'c';
  const ids = kind === 'c' ? ['conda', 'cinc'] : [kind];
  expect(ids.map((id) => row(root, `trust-store-${id}`)?.outcome)).toContain('failed');
});

test('without a bundle no store is changed', () => {
  const root = newRoot({ [found[0] ?? '']: 'old' });
  expect(step(root, 'trust-stores').status).not.toBe(0);
  expect(readFileSync(path.join(root, found[0] ?? ''), 'utf8')).toBe('old');
});

test('a row reports a kind of store that the image does not have as absent', () => {
  expect(row(newRoot(), 'trust-store-conda')).toMatchObject({
    outcome: 'passed',
    text: expect.stringContaining('absent'),
  });
});

test('registries have the bundle in the folders of Docker and of the containers tools', () => {
  const containers = {
    'docker.io': 'registry.corp.example:5000/hub',
    'quay.io': 'registry.corp.example:5000/quay',
  };
  const with_ = { ...inputs, indexes: { containers } };
  const root = newRoot({ [bundle]: own });
  step(root, 'trust-stores', with_);
  for (const folder of ['docker', 'containers'])
    expect(existsSync(path.join(root, `etc/${folder}/certs.d/registry.corp.example:5000/ca.crt`))).toBe(true);
  expect(row(root, 'trust-containers', with_)?.outcome).toBe('passed');
  rmSync(path.join(root, 'etc/docker'), { recursive: true });
  expect(row(root, 'trust-containers', with_)?.outcome).toBe('failed');
});

const profile = 'etc/profile.d/aws-cli-default-config.sh';

test('settings are appended to a file once; a sudoers file is read-only', () => {
  const root = newRoot({ [profile]: 'export AWS_DEFAULT_REGION=x', 'etc/environment': 'LANG=C\n' });
  expect(step(root, 'trust-settings').status).toBe(0);
  const first = readFileSync(path.join(root, profile), 'utf8');
  expect(first).toMatch(
    /^export AWS_DEFAULT_REGION=x\n# BEGIN bakery\nexport AWS_CA_BUNDLE=.*\n# END bakery\n$/s,
  );
  step(root, 'trust-settings');
  expect(readFileSync(path.join(root, profile), 'utf8')).toBe(first);
  expect(statSync(path.join(root, 'etc/sudoers.d/bakery-trust')).mode & 0o777).toBe(0o440);
  expect(readFileSync(path.join(root, 'etc/environment'), 'utf8')).toMatch(/^LANG=C\n# BEGIN bakery\nAWS_CA/);
});

test('the class that Java rows run is compiled from the source beside it', ({ skip }) => {
  const partial = readFileSync(packagePath('templates', 'verify', '_java-class.sh.hbs'), 'utf8');
  const bytes = Buffer.from(/^handshake_class=(\S+)$/m.exec(partial)?.[1] ?? '', 'base64');
  // Compiled for Java 8, so that it runs on every later JVM.
  expect(bytes.readUInt32BE(0)).toBe(0xcafebabe);
  expect(bytes.readUInt16BE(6)).toBe(52);
  const to = mkdtempSync(path.join(tmpdir(), 'bake-java-'));
  const source = packagePath('templates', 'verify', 'Handshake.java');
  const compiled = spawnSync('javac', ['--release', '8', '-g:none', '-d', to, source], { encoding: 'utf8' });
  if (compiled.status !== 0) skip('javac 9 to 22 is not on this machine');
  expect(readFileSync(path.join(to, 'Handshake.class'))).toEqual(bytes);
  rmSync(to, { recursive: true });
});
