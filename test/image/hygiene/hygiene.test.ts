/** Tests hygiene: the step removes what a bake leaves and nothing else, and each row fails if something is left. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { hygienePart } from '../../../src/image/hygiene/hygiene.ts';
import { leftovers } from '../../../src/image/hygiene/leftovers.ts';
import { renderRow, renderStep } from '../../../src/image/script.ts';
import { packagedTemplates } from '../../../src/text/templates.ts';
import { newRoot, runIn } from '../support/sandboxed.ts';

const templates = packagedTemplates();
const part = hygienePart({ assets: [] });
const step = part.steps.map((draft) => renderStep(draft, templates).script)[0] ?? '';
const rows = new Map(part.rows.map((draft) => [draft.id, renderRow(draft, templates).script]));
const DAY_AGO = new Date(Date.now() - 86_400_000);

/** Example names for a pattern of the table: one for each of its alternatives. */
function examples(pattern: string): string[] {
  const choice = /@\(([^)]*)\)/.exec(pattern);
  if (choice) return (choice[1] ?? '').split('|').flatMap((one) => examples(pattern.replace(choice[0], one)));
  const plain = pattern
    .replace('?(.[0-9]*)', '')
    .replace(/!\([^)]*\)/, 'left over')
    .replaceAll('[0-9]*', '7')
    .replaceAll('*', 'x');
  return [plain.slice(1)];
}

const PASSWD = 'root:x:0:0:root:/root:/bin/bash\nsvc:x:990:990::/var/lib/svc:/sbin/nologin\nnone:x:1:1:::\n';
const planted = leftovers.flatMap(({ id, paths, homes }) => [
  ...paths.flatMap(examples).map((file) => ({ row: `hygiene-${id}`, file })),
  ...homes.flatMap((name) =>
    ['root', 'home/ec2-user'].map((home) => ({ row: `hygiene-${id}`, file: `${home}/${name}` })),
  ),
]);

function rootWith(files: Record<string, string> = {}): string {
  return newRoot({
    'etc/passwd': PASSWD,
    'etc/shadow': 'root:*:1::::::\n',
    'etc/machine-id': '',
    'tmp/.X11-unix/X0': '',
    'home/ec2-user/.profile': '',
    ...files,
  });
}

/** A folder among them exists because files in it are planted. */
function filesOf(list: typeof planted): Record<string, string> {
  const leaves = list.filter(({ file }) => !list.some((other) => other.file.startsWith(`${file}/`)));
  return Object.fromEntries(leaves.map(({ file }) => [file, 'x']));
}

function outcome(root: string, id: string): string | undefined {
  return runIn(root, rows.get(id) ?? '').report?.outcome;
}

/** The state after a hygiene step that only reported and removed nothing. */
function mark(root: string): void {
  fs.mkdirSync(path.join(root, 'opt/bakery'), { recursive: true });
  fs.writeFileSync(path.join(root, 'opt/bakery/hygiene'), '');
}

describe('the hygiene step', () => {
  test('removes everything in its table and keeps all other files', () => {
    const kept = {
      'etc/ssh/sshd_config': 'x',
      'home/ec2-user/.ssh/config': 'x',
      'var/lib/cloud/scripts/per-boot/mine.sh': 'x',
      'var/log/README': 'x',
      'var/tmp/systemd-private-1/x': 'x',
      'etc/NetworkManager/system-connections/ib0.nmconnection': 'x',
    };
    const root = rootWith({ ...filesOf(planted), ...kept });
    expect(runIn(root, step)).toMatchObject({ status: 0, report: { outcome: 'passed' } });
    expect(planted.filter(({ file }) => fs.existsSync(path.join(root, file)))).toEqual([]);
    const gone = [...Object.keys(kept), 'tmp/.X11-unix/X0'].filter(
      (file) => !fs.existsSync(path.join(root, file)),
    );
    expect(gone).toEqual([]);
    for (const id of rows.keys()) expect([id, outcome(root, id)]).toEqual([id, 'passed']);
  });

  test('cleans homes of users who cannot log in, and does not follow links out of a home', () => {
    const root = rootWith({ 'var/lib/svc/.bash_history': 'x', '.bash_history': 'x' });
    fs.writeFileSync(
      path.join(root, 'etc/passwd'),
      `svc:x:9:9::${root}/var/lib/svc:\nodd:x:8:8::${root}/*:\nbin:x:7:7::/:\n`,
    );
    runIn(root, step);
    expect(fs.existsSync(path.join(root, 'var/lib/svc/.bash_history'))).toBe(false);
    expect(fs.existsSync(path.join(root, '.bash_history'))).toBe(true);
  });

  test('removes a link but not its target', () => {
    const root = rootWith({ 'srv/data/file': 'x' });
    fs.mkdirSync(path.join(root, 'var/lib/cloud'), { recursive: true });
    fs.symlinkSync(path.join(root, 'srv/data'), path.join(root, 'var/lib/cloud/instance'));
    fs.symlinkSync('/nowhere', path.join(root, 'root-link'));
    runIn(root, step);
    expect(fs.existsSync(path.join(root, 'srv/data/file'))).toBe(true);
    expect(fs.lstatSync(path.join(root, 'var/lib/cloud'), { throwIfNoEntry: false })).toBeDefined();
    expect(
      fs.lstatSync(path.join(root, 'var/lib/cloud/instance'), { throwIfNoEntry: false }),
    ).toBeUndefined();
  });

  test('keeps a swap file that the image mounts', () => {
    const root = rootWith({ swapfile: 'x', 'swap.img': 'x' });
    fs.writeFileSync(path.join(root, 'etc/fstab'), `${root}/swapfile none swap sw 0 0\n`);
    runIn(root, step);
    expect([fs.existsSync(`${root}/swapfile`), fs.existsSync(`${root}/swap.img`)]).toEqual([true, false]);
    expect(outcome(root, 'hygiene-traces')).toBe('passed');
  });

  test.each([
    ['a password', 'root:$6$salt$hash:1:0:99999:7:::', 'root:!$6$salt$hash:1:0:99999:7:::'],
    ['an empty one', 'root::1::::::', 'root:!:1::::::'],
    ['a locked one', 'root:!!:1::::::', 'root:!!:1::::::'],
    ['none', 'root:*:1::::::', 'root:*:1::::::'],
  ])('locks root with %s, and changes no other account', (_, before, after) => {
    const others = 'notroot:$6$x:1::::::\n';
    const root = rootWith({ 'etc/shadow': `${before}\n${others}` });
    fs.chmodSync(path.join(root, 'etc/shadow'), 0o640);
    runIn(root, step);
    expect(fs.readFileSync(path.join(root, 'etc/shadow'), 'utf8')).toBe(`${after}\n${others}`);
    expect(fs.statSync(path.join(root, 'etc/shadow')).mode & 0o777).toBe(0o640);
    expect(outcome(root, 'hygiene-root-password')).toBe('passed');
  });

  test('empties the machine-id and does not delete it', () => {
    const root = rootWith({
      'etc/machine-id': '0123456789abcdef0123456789abcdef\n',
      'var/lib/dbus/machine-id': 'x',
    });
    runIn(root, step);
    expect(fs.readFileSync(path.join(root, 'etc/machine-id'), 'utf8')).toBe('');
    expect(fs.existsSync(path.join(root, 'var/lib/dbus/machine-id'))).toBe(false);
  });

  test('changes nothing in a second run', () => {
    const root = rootWith({ 'root/.bash_history': 'x' });
    runIn(root, step);
    expect(runIn(root, step)).toMatchObject({ status: 0 });
    expect(runIn(root, step).output).not.toContain('removed');
  });
});

describe('a hygiene row', () => {
  test.each(leftovers.map(({ id }) => `hygiene-${id}`))('%s fails and names each file', (row) => {
    const own = planted.filter((one) => one.row === row);
    const root = rootWith(filesOf(own));
    mark(root);
    for (const { file } of own.toReversed()) fs.utimesSync(path.join(root, file), DAY_AGO, DAY_AGO);
    const ran = runIn(root, rows.get(row) ?? '');
    expect(ran.report).toMatchObject({ outcome: 'failed' });
    const lines = ran.output.split('\n');
    expect(own.filter(({ file }) => !lines.includes(`left over from the bake: ${root}/${file}`))).toEqual([]);
  });

  test('passes for files that a later boot of the image created', () => {
    const root = rootWith({ 'etc/ssh/ssh_host_rsa_key': 'x' });
    mark(root);
    fs.utimesSync(path.join(root, 'opt/bakery/hygiene'), DAY_AGO, DAY_AGO);
    expect(outcome(root, 'hygiene-access')).toBe('passed');
  });

  test('fails if the step never ran', () => {
    const root = rootWith();
    for (const id of [...rows.keys()].filter((one) => !/secrets|root/.test(one)))
      expect([id, outcome(root, id)]).toEqual([id, 'failed']);
  });

  test.each([
    ['0123456789abcdef0123456789abcdef\n', 'failed'],
    ['', 'passed'],
    ['uninitialized\n', 'passed'],
    [undefined, 'failed'],
  ])('hygiene-machine-id of %j: %s', (content, expected) => {
    const root = rootWith();
    const file = path.join(root, 'etc/machine-id');
    if (content === undefined) fs.rmSync(file);
    else {
      fs.writeFileSync(file, content);
      fs.utimesSync(file, DAY_AGO, DAY_AGO);
    }
    mark(root);
    expect(outcome(root, 'hygiene-machine-id')).toBe(expected);
  });

  test.each([
    ['root:$6$salt$hash:1::::::', 'failed'],
    ['root::1::::::', 'failed'],
    ['root:!:1::::::\nsvc::1::::::', 'failed'],
    ['root:!:1::::::\nsvc:$6$x:1::::::', 'passed'],
  ])('hygiene-root-password of %j: %s, and no hash is printed', (shadow, expected) => {
    const root = rootWith({ 'etc/shadow': `${shadow}\n` });
    const ran = runIn(root, rows.get('hygiene-root-password') ?? '');
    expect(ran.report?.outcome).toBe(expected);
    expect(ran.output + (ran.report?.text ?? '')).not.toContain('$6$');
  });
});

test('the table still has these patterns', () => {
  const files = planted.map(({ file }) => file);
  expect(files).toEqual(
    expect.arrayContaining([
      'etc/ssh/ssh_host_x', 'root/.ssh/authorized_keys', 'home/ec2-user/.bash_history', 'var/lib/cloud/instances',
      'var/lib/cloud/seed/x', 'var/lib/systemd/random-seed', 'var/lib/amazon/ssm/Vault/Store/x', 'root/.aws/credentials',
      'var/log/cloud-init-output.logx', 'var/log/cloud-init.logx', 'var/log/audit/x', 'var/log/x.gz', 'var/crash/x',
      'var/tmp/.left over', 'var/cache/dnf/x', 'root/.cache/pip', 'swapfile',
    ]), // prettier-ignore
  );
});
