/** Owns: what trust, assets and user scripts put into an image, with ordinary and with hostile values. */
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ImageInputs } from '../../src/image/inputs.ts';
import { imageSteps } from '../../src/image/steps.ts';
import { verifyRows } from '../../src/image/verify.ts';
import { packagedTemplates } from '../../src/render/templates.ts';
import { asset, fullInputs, hostile } from './support/inputs.ts';
import { newRoot, runIn } from './support/sandboxed.ts';

const templates = packagedTemplates();

function bakeInto(root: string, inputs: ImageInputs, skip: string[] = []) {
  return imageSteps(inputs, templates)
    .filter(({ id }) => !skip.includes(id))
    .map(({ id, script }) => Object.assign(runIn(root, script), { id }));
}

function rowOf(root: string, inputs: ImageInputs, id: string) {
  return runIn(root, verifyRows(inputs, templates).find((row) => row.id === id)?.script ?? '').report;
}

describe('trust', () => {
  const inputs: ImageInputs = { ...fullInputs('ubuntu2204'), recipe: [{ use: 'trust' }] };
  const anchors = 'usr/local/share/ca-certificates';

  test('each CA is a file of its own with the ending the OS reads', () => {
    const root = newRoot();
    bakeInto(root, inputs, ['trust-extract']);
    const [file = ''] = readdirSync(path.join(root, anchors));
    expect(file).toMatch(/^bakery-corp-example-root-ca-[0-9a-f]{12}\.crt$/);
    expect(readFileSync(path.join(root, anchors, file), 'utf8')).toBe(inputs.certificates[0]?.pem);
    expect(statSync(path.join(root, anchors, file)).mode & 0o777).toBe(0o644);
    expect(rowOf(root, inputs, 'trust-anchors')?.outcome).toBe('passed');
    writeFileSync(path.join(root, anchors, file), 'other');
    expect(rowOf(root, inputs, 'trust-anchors')?.outcome).toBe('failed');
  });

  test('the bundle row finds a CA by fingerprint, among others, whatever the line ends', () => {
    const pem = inputs.certificates[0]?.pem ?? '';
    const noise = pem.replace(/^M/m, 'N');
    const root = newRoot({
      'etc/ssl/certs/ca-certificates.crt': `# c\n${noise}${pem.replaceAll('\n', '\r\n')}`,
    });
    expect(rowOf(root, inputs, 'trust-bundle')).toMatchObject({ outcome: 'passed' });
    writeFileSync(path.join(root, 'etc/ssl/certs/ca-certificates.crt'), noise);
    expect(rowOf(root, inputs, 'trust-bundle')).toMatchObject({ outcome: 'failed' });
  });

  test('a bundle that lost the public roots turns red', () => {
    const pem = inputs.certificates[0]?.pem ?? '';
    const files = {
      'etc/ssl/certs/ca-certificates.crt': pem + pem,
      'etc/ca-certificates.conf': '# comment\nmozilla/A.crt\n!mozilla/B.crt\nmozilla/gone.crt\n',
      'usr/share/ca-certificates/mozilla/A.crt': pem,
      'usr/share/ca-certificates/mozilla/B.crt': pem,
    };
    const root = newRoot(files);
    expect(rowOf(root, inputs, 'trust-public-roots')?.outcome).toBe('passed');
    writeFileSync(path.join(root, 'etc/ssl/certs/ca-certificates.crt'), pem);
    expect(rowOf(root, inputs, 'trust-public-roots')?.outcome).toBe('failed');
  });

  test('a private key among the anchors turns red', () => {
    const root = newRoot({ [`${anchors}/a.crt`]: 'x', 'etc/ssl/certs/ca-certificates.crt': 'x' });
    expect(rowOf(root, inputs, 'trust-no-private-key')?.outcome).toBe('passed');
    writeFileSync(path.join(root, anchors, 'b.crt'), '-----BEGIN RSA PRIVATE KEY-----\n');
    expect(rowOf(root, inputs, 'trust-no-private-key')?.outcome).toBe('failed');
  });
});

describe('assets', () => {
  const withAssets = (...assets: ImageInputs['assets'][number][]): ImageInputs => ({
    ...fullInputs('alinux2'),
    recipe: [{ use: 'assets' }],
    assets,
  });

  test.each([
    ['empty', Buffer.alloc(0)],
    ['binary', Buffer.from(Array.from({ length: 2000 }, (_, index) => (index * 7919) % 256))],
    ['text that compresses', Buffer.from('line\n'.repeat(2000))],
  ])('%s bytes arrive as they are, with their mode', (_, bytes) => {
    const root = newRoot();
    const inputs = withAssets(asset('tool', '/opt/site/deep/tool', bytes, '0750'));
    expect(bakeInto(root, inputs).map(({ status }) => status)).toEqual([0, 0]);
    expect(readFileSync(path.join(root, 'opt/site/deep/tool'))).toEqual(bytes);
    expect(statSync(path.join(root, 'opt/site/deep/tool')).mode & 0o777).toBe(0o750);
    expect(rowOf(root, inputs, 'asset-tool')?.outcome).toBe('passed');
    chmodSync(path.join(root, 'opt/site/deep/tool'), 0o777);
    expect(rowOf(root, inputs, 'asset-tool')?.outcome).toBe('failed');
    rmSync(path.join(root, 'opt/site/deep/tool'));
    expect(rowOf(root, inputs, 'asset-tool')?.outcome).toBe('failed');
  });

  test('hostile paths and names are only names', () => {
    const root = newRoot();
    const names = hostile.map((text) => text.replaceAll('/', '_').trim());
    const inputs = withAssets(...names.map((name) => asset(name, `/opt/hostile/${name}`, Buffer.from(name))));
    expect(new Set(bakeInto(root, inputs).map(({ status }) => status))).toEqual(new Set([0]));
    expect(readdirSync(path.join(root, 'opt/hostile')).sort()).toEqual([...names].sort());
    const rows = verifyRows(inputs, templates).filter(({ needs }) => needs.after);
    expect(new Set(rows.map(({ id }) => rowOf(root, inputs, id)?.outcome))).toEqual(new Set(['passed']));
    expect(existsSync('/tmp/pwned')).toBe(false);
  });

  test('the manifest lists them with their digests', () => {
    const root = newRoot();
    const one = asset('tool', '/opt/site/tool', Buffer.from('x'));
    bakeInto(root, withAssets(one));
    const { name, path: at, mode, sha256 } = one;
    expect(JSON.parse(readFileSync(path.join(root, 'opt/bakery/assets.json'), 'utf8'))).toEqual({
      assets: [{ name, path: at, mode, sha256 }],
    });
  });

  test('bytes that changed on the way fail the step', () => {
    const root = newRoot();
    const [step] = imageSteps(withAssets(asset('tool', '/opt/site/tool', Buffer.from('hello'))), templates);
    const ran = runIn(root, step?.script.replace('aGVsbG8=', 'aGVsbG9v') ?? '');
    expect(ran).toMatchObject({ status: 1, report: { outcome: 'failed' } });
  });

  test.each([
    ['a wrong digest', { sha256: '0'.repeat(64) }, /expected sha256/],
    ['a relative path', { path: 'opt/x' }, /an absolute path/],
    ['a path with ..', { path: '/opt/../etc/passwd' }, /an absolute path/],
    ['a mode that is none', { mode: 'rwx' }, /a mode such as/],
  ])('%s is refused before anything is rendered', (_, change, message) => {
    const inputs = withAssets({ ...asset('tool', '/opt/site/tool', Buffer.from('x')), ...change });
    expect(() => imageSteps(inputs, templates)).toThrow(message);
  });
});

describe('a script of the user', () => {
  const withScript = (...texts: string[]): ImageInputs => ({
    ...fullInputs('alinux2'),
    recipe: texts.map((text) => ({ script: { name: 'site.sh', text } })),
  });

  test('runs as a file of its own, outside /tmp', () => {
    const root = newRoot();
    const inputs = withScript('echo "I am $0"; set +e; false; unset PATH; trap - EXIT; exit 0');
    const [ran] = bakeInto(root, inputs);
    expect(ran).toMatchObject({ id: 'script-site.sh', status: 0, report: { outcome: 'passed' } });
    expect(ran?.output).toMatch(new RegExp(`I am ${root}/opt/bakery/.work.[A-Za-z0-9]+/script`));
    expect(rowOf(root, inputs, 'script-site.sh')?.outcome).toBe('passed');
    // Nothing of it stays but the mark that it ran.
    expect(readdirSync(path.join(root, 'opt/bakery'))).toEqual(['scripts']);
  });

  test('that fails, fails the step and leaves no mark', () => {
    const root = newRoot();
    const inputs = withScript('exit 7');
    expect(bakeInto(root, inputs)[0]).toMatchObject({
      status: 7,
      report: { outcome: 'failed', text: 'exit status 7' },
    });
    expect(rowOf(root, inputs, 'script-site.sh')?.outcome).toBe('failed');
  });

  test('that was changed since it ran turns its row red', () => {
    const root = newRoot();
    bakeInto(root, withScript('true'));
    expect(rowOf(root, withScript('true '), 'script-site.sh')?.outcome).toBe('failed');
  });

  test.each(hostile)('of any text is carried unchanged: %j', (text) => {
    const root = newRoot();
    const inputs = withScript(`cat > result <<'THE_END'\n${text}\nTHE_END\n`);
    bakeInto(root, inputs);
    expect(readFileSync(path.join(root, 'result'), 'utf8')).toBe(`${text}\n`);
  });

  test('two of one name are two steps', () => {
    const inputs = withScript('echo 1', 'echo 2');
    const root = newRoot();
    expect(bakeInto(root, inputs).map(({ id, report }) => [id, report?.outcome])).toEqual([
      ['script-site.sh', 'passed'],
      ['script-site.sh-2', 'passed'],
    ]);
    expect(rowOf(root, inputs, 'script-site.sh-2')?.outcome).toBe('passed');
  });
});

test('a built-in step named twice is refused', () => {
  expect(() =>
    imageSteps({ ...fullInputs('alinux2'), recipe: [{ use: 'trust' }, { use: 'trust' }] }, templates),
  ).toThrow(/trust twice/);
});

test('a built-in step with nothing to do is no step', () => {
  const { mirrors: _, ...rest } = fullInputs('alinux2');
  expect(
    imageSteps(
      {
        ...rest,
        certificates: [],
        assets: [],
        recipe: [{ use: 'mirrors' }, { use: 'trust' }, { use: 'assets' }],
      },
      templates,
    ),
  ).toEqual([]);
});

test("ParallelCluster's mark must be of this version", () => {
  const inputs = { ...fullInputs('alinux2'), recipe: [] };
  const mark = (text: string) =>
    rowOf(newRoot({ 'opt/parallelcluster/.bootstrapped': text }), inputs, 'parallelcluster-bootstrapped')
      ?.outcome;
  expect(mark('aws-parallelcluster-cookbook-3.15.1\n')).toBe('passed');
  expect(mark('aws-parallelcluster-cookbook-3.15.10')).toBe('failed');
  expect(rowOf(newRoot(), inputs, 'parallelcluster-bootstrapped')?.outcome).toBe('failed');
});
