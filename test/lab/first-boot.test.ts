/** Tests the first boot in a real root filesystem: it runs once per instance, retries failures, and stops no node. */
import { beforeAll, describe, expect, test } from 'vitest';

import type { RehearsalResult } from '../../src/engines/rehearsal/contract.ts';
import { rehearseSome } from './support/library.ts';
import { imageParts } from '../../src/image/parts.ts';
import { nodeScript } from '../../src/image/first-boot/node-script.ts';
import type { FirstBootStep, ImageInputs, RecipeStep } from '../../src/image/inputs.ts';
import { imageSteps } from '../../src/image/steps.ts';
import { verifyRows } from '../../src/image/verify.ts';
import { readStaged } from '../image/support/inputs.ts';
import { packagedTemplates } from '../../src/text/templates.ts';
import { osOf } from './support/lab-os.ts';
import { baseRoot, noLab, parallelcluster, rootOf } from './support/lab.ts';
import { notPassed, outputOf, failedRows, type Script } from './support/site-packages.ts';

const lacking = await noLab();
const templates = packagedTemplates();
const secret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:join-AbCdEf';

function inputsOf(
  os: string,
  firstBoot: readonly FirstBootStep[],
  more: Partial<ImageInputs> = {},
): ImageInputs {
  return {
    os: osOf(os),
    arch: 'x86_64',
    parallelcluster,
    regions: ['eu-west-1'],
    recipe: [{ firstBoot }],
    certificates: [],
    assets: [],
    expect: [],
    domain: { name: 'corp.example', ou: "OU=hpc's,DC=corp,DC=example", dns: [], secret },
    ...more,
  };
}

const ours = ({ id }: { id: string }) => id.startsWith('first-boot');

function stepsOf(inputs: ImageInputs): Script[] {
  return imageSteps(imageParts(inputs), templates)
    .filter(ours)
    .map(({ id, script }) => ({ name: `step ${id}`, text: script }));
}

function rowsOf(inputs: ImageInputs): Script[] {
  return verifyRows(imageParts(inputs), templates)
    .filter(ours)
    .map(({ id, script }) => ({ name: `row ${id}`, text: script }));
}

const user = (text: string, name = 'site.sh'): FirstBootStep => ({ script: { name, text: `${text}\n` } });
const does = (name: string, text: string): Script => ({ name, text: `${text}\n` });
const boot = (name: string, id: string): Script =>
  does(
    name,
    `mkdir -p /var/lib/cloud/data; echo ${id} > /var/lib/cloud/data/instance-id; /opt/bakery/first-boot/run --now; echo "exit $?"`,
  );

async function run(os: string, scripts: readonly Script[], rootfs?: string): Promise<RehearsalResult[]> {
  return rehearseSome({
    target: { os, arch: 'x86_64', parallelcluster },
    rootfs: rootfs ?? (await rootOf(os)),
    scripts,
    keepGoing: true,
  });
}

beforeAll(async () => {
  if (lacking === undefined) await Promise.all([rootOf('ubuntu2204'), rootOf('rocky9')]);
}, 600_000);

describe.skipIf(lacking !== undefined).each(['rocky9'])('%s', (os) => {
  const inputs = inputsOf(os, [{ use: 'joinDomain' }, user('echo ran >> /srv/ran')]);
  // Stands for a packages step that installs sssd: the lab's root filesystems do not have it.
  const sssd = does('sssd', "printf '#!/bin/sh\\n' > /usr/sbin/sssd; chmod 755 /usr/sbin/sssd");

  test('every step and row passes, in a second run too', async () => {
    const [steps, rows] = [stepsOf(inputs), rowsOf(inputs)];
    expect(notPassed(await run(os, [sssd, ...steps, ...rows, ...steps, ...rows]))).toEqual([]);
  });

  test.each(stepsOf(inputs).map(({ name }) => name))('without %s a row fails', async (name) => {
    const left = stepsOf(inputs).filter((step) => step.name !== name);
    expect(failedRows(await run(os, [sssd, ...left, ...rowsOf(inputs)]))).not.toEqual([]);
  });

  test.each([
    ['a changed run script', 'echo >> /opt/bakery/first-boot/run', 'first-boot'],
    ['a changed unit', 'echo Restart=no >> /etc/systemd/system/bakery-first-boot.service', 'first-boot'],
    [
      'a disabled unit',
      'rm /etc/systemd/system/multi-user.target.wants/bakery-first-boot.service',
      'first-boot',
    ],
    ['an extra step', 'touch /opt/bakery/first-boot/steps/99-more', 'first-boot'],
    ['a changed join', 'echo >> /opt/bakery/first-boot/steps/01-joinDomain', 'first-boot-01-joinDomain'],
    ['a changed script', 'echo >> /opt/bakery/first-boot/steps/02-site.sh', 'first-boot-02-site.sh'],
    ['an image without adcli', 'rm "$(command -v adcli)"', 'first-boot-join-programs'],
    [
      'a keytab in the image',
      'touch -d yesterday /etc/krb5.keytab; touch /opt/bakery/hygiene',
      'first-boot-account',
    ],
    ['state in the image', 'mkdir -p /var/lib/bakery/first-boot/i-0', 'first-boot-account'],
  ])('%s makes its row fail', async (_, harm, row) => {
    const rows = rowsOf(inputs).map((one) => ({
      ...one,
      text: one.text.replace(/,?"family":\[[^\]]*\]/, ''),
    }));
    expect(failedRows(await run(os, [sssd, ...stepsOf(inputs), does('harm', harm), ...rows]))).toEqual([row]);
  });

  test('runs once per instance, and again on another instance', async () => {
    const scripts = [
      ...stepsOf(inputsOf(os, [user('echo "$BAKERY_INSTANCE_ID" >> /srv/ran')])),
      boot('1', 'i-01'),
      boot('2', 'i-01'),
      boot('3', 'i-02'),
      does('ran', 'cat /srv/ran'),
    ];
    const results = await run(os, scripts);
    expect(outputOf(results, 'ran')).toBe('i-01\ni-02\n');
    for (const name of ['1', '2', '3'])
      expect(outputOf(results, name)).toMatch(/first boot: all done\nexit 0\n$/);
  });

  test('retries a failed step before it runs the next one, and the log has both attempts', async () => {
    const steps = [
      user('echo "try of one" ; [ -e /srv/fixed ]', 'one.sh'),
      user('echo two >> /srv/ran', 'two.sh'),
    ];
    const results = await run(os, [
      ...stepsOf(inputsOf(os, steps)),
      boot('1', 'i-01'),
      does('between', 'cat /srv/ran; cat /var/lib/bakery/first-boot/i-01/tries; touch /srv/fixed'),
      boot('2', 'i-01'),
      does(
        'after',
        'cat /srv/ran; stat -c %a /var/log/bakery-first-boot.log /var/lib/bakery/first-boot/i-01; grep -c "try of one" /var/log/bakery-first-boot.log',
      ),
    ]);
    expect(outputOf(results, '1')).toMatch(/01-one.sh: failed with 1.*\nexit 1\n$/);
    expect(outputOf(results, 'between')).toMatch(/No such file.*\n1\n$/s);
    expect(outputOf(results, '2')).toMatch(/02-two.sh: done\n.*all done\nexit 0\n$/);
    expect(outputOf(results, 'after')).toBe('two\n600\n700\n2\n');
  });

  test('waits longer after each failure, at most half an hour', async () => {
    const waits = [0, 1, 2, 3, 6, 7, 50].map((tries) =>
      does(
        String(tries),
        `mkdir -p /var/lib/bakery/first-boot/i-01 /var/lib/cloud/data; echo i-01 > /var/lib/cloud/data/instance-id; echo ${tries} > /var/lib/bakery/first-boot/i-01/tries
printf '#!/bin/sh\\necho "slept $1"\\n' > /usr/local/sbin/sleep; chmod 755 /usr/local/sbin/sleep; /opt/bakery/first-boot/run | grep slept; true`,
      ),
    );
    const results = await run(os, [...stepsOf(inputsOf(os, [user('exit 1')])), ...waits]);
    // The unit waits another 30 s.
    expect(waits.map(({ name }) => outputOf(results, name).trim())).toEqual([
      '',
      '',
      'slept 30',
      'slept 90',
      'slept 930',
      'slept 1770',
      'slept 1770',
    ]);
  });

  test('a step that exits with 75 ("not yet") does not count as a failed attempt', async () => {
    const results = await run(os, [
      ...stepsOf(inputsOf(os, [user('exit 75')])),
      boot('1', 'i-01'),
      does('tries', 'ls /var/lib/bakery/first-boot/i-01'),
    ]);
    expect(outputOf(results, '1')).toMatch(/not yet\nexit 75\n$/);
    expect(outputOf(results, 'tries')).toBe('lock\n');
  });

  test('a step that changed since its last run runs again on the same instance', async () => {
    const results = await run(os, [
      ...stepsOf(inputsOf(os, [user('echo a >> /srv/ran')])),
      boot('1', 'i-01'),
      ...stepsOf(inputsOf(os, [user('echo b >> /srv/ran')])),
      // Like the OnNodeStart script.
      does('node', 'rm /opt/bakery/first-boot/builder'),
      boot('2', 'i-01'),
      does('ran', 'cat /srv/ran'),
    ]);
    expect(outputOf(results, 'ran')).toBe('a\nb\n');
  });

  test('does nothing on the build instance, even if it reboots', async () => {
    const builder = does(
      'builder',
      'mkdir -p /var/lib/cloud/data; echo i-0b > /var/lib/cloud/data/instance-id',
    );
    const results = await run(os, [
      builder,
      ...stepsOf(inputsOf(os, [user('echo x >> /srv/ran')])),
      boot('1', 'i-0b'),
      does('ran', 'ls /srv /var/lib/bakery'),
    ]);
    expect(outputOf(results, '1')).toMatch(/is the build instance.*\nexit 0\n$/);
    expect(outputOf(results, 'ran')).not.toContain('ran\n');
  });

  test.each(['../../etc', '', 'a b'])('an instance id such as %j is refused', async (id) => {
    const results = await run(os, [
      ...stepsOf(inputsOf(os, [user('echo x >> /srv/ran')])),
      boot('1', `'${id}'`),
    ]);
    expect(outputOf(results, '1')).toMatch(/no id yet\nexit 75\n$/);
  });
});

describe.skipIf(lacking !== undefined)('systemd', () => {
  test('reports no problem with the unit, and the row fails if it does', async () => {
    const root = await baseRoot('boot');
    const inputs = inputsOf('ubuntu2204', [user('true')]);
    const row = rowsOf(inputs).filter(({ name }) => name === 'row first-boot');
    const good = await run('ubuntu2204', [...stepsOf(inputs), ...row], root);
    expect(notPassed(good)).toEqual([]);
    expect(outputOf(good, 'row first-boot')).toContain('systemd-analyze reports nothing');
    const folder = '/etc/systemd/system/bakery-first-boot.service.d';
    const broken = does('break', `mkdir ${folder}; printf '[Service]\\nRestart=maybe\\n' > ${folder}/x.conf`);
    const bad = await run('ubuntu2204', [...stepsOf(inputs), broken, ...row], root);
    expect(failedRows(bad)).toEqual(['first-boot']);
    expect(outputOf(bad, 'row first-boot')).toMatch(/FAILED: systemd: .*maybe/);
  });
});

describe.skipIf(lacking !== undefined)('the OnNodeStart script', () => {
  const recipe = (...steps: RecipeStep[]): Partial<ImageInputs> => ({ recipe: steps });
  const start = (name: string, inputs: ImageInputs) =>
    does(
      name,
      `cat > /srv/start <<'THE_SCRIPT'\n${nodeScript(imageParts(inputs), templates, readStaged)}\nTHE_SCRIPT\nbash /srv/start; echo "exit $?"`,
    );

  test('runs the steps of an image any number of times, and leaves the first boot to its unit', async () => {
    const inputs = inputsOf(
      'ubuntu2204',
      [],
      recipe(
        { script: { name: 'site.sh', text: 'echo site >> /srv/ran\n' } },
        { firstBoot: [user('echo first >> /srv/ran')] },
        { use: 'hygiene' },
      ),
    );
    const results = await run('ubuntu2204', [
      does(
        'id',
        'mkdir -p /var/lib/cloud/data; echo i-01 > /var/lib/cloud/data/instance-id; echo keep > /root/.bash_history',
      ),
      start('1', inputs),
      start('2', inputs),
      does('left', 'ls -A /opt/bakery; cat /root/.bash_history'),
      boot('boot', 'i-01'),
      does('ran', 'cat /srv/ran'),
    ]);
    for (const name of ['1', '2'])
      expect(outputOf(results, name)).toMatch(/systemd is not running.*bake: all steps finished\nexit 0\n$/s);
    expect(outputOf(results, 'left')).toBe('.node-start.lock\nfirst-boot\nlib\nscripts\nkeep\n');
    expect(outputOf(results, 'ran')).toBe('site\nsite\nfirst\n');
  });

  test('exits with 1 if a step fails that the node needs', async () => {
    const inputs = inputsOf(
      'ubuntu2204',
      [],
      recipe({ script: { name: 'a.sh', text: 'exit 3\n' } }, { script: { name: 'b.sh', text: 'echo b\n' } }),
    );
    const results = await run('ubuntu2204', [start('1', inputs), does('left', 'ls -A /opt/bakery')]);
    expect(outputOf(results, '1')).toMatch(
      /script-a.sh failed with exit status 3: this node must be replaced\nexit 1\n$/,
    );
    expect(outputOf(results, '1')).not.toContain('bake: script: b.sh');
    expect(outputOf(results, 'left')).toBe('.node-start.lock\nlib\n');
  });

  test('continues if a first boot cannot be set up', async () => {
    const inputs = inputsOf('ubuntu2204', [user('true')]);
    const results = await run('ubuntu2204', [
      does(
        'full',
        'mkdir -p /opt/bakery/first-boot; touch /etc/systemd/system/multi-user.target.wants 2>/dev/null; rm -rf /etc/systemd/system; touch /etc/systemd/system',
      ),
      start('1', inputs),
    ]);
    expect(outputOf(results, '1')).toMatch(/warning: first-boot failed.*exit 0\n$/s);
  });
});
