/** Tests the first-boot join with real adcli and a real Active Directory domain, and that no secret becomes visible. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { imageParts } from '../../src/image/parts.ts';
import { imageSteps } from '../../src/image/steps.ts';
import { packagedTemplates } from '../../src/text/templates.ts';
import { domain, openDomain, type Domain, type DomainOutput } from './support/domain.ts';
import { osOf } from './support/lab-os.ts';
import { noLab, parallelcluster, rootOf } from './support/lab.ts';
import type { Script } from './support/site-packages.ts';

const lacking = await noLab();
let directory: Domain;
beforeAll(async () => {
  if (lacking === undefined) directory = await openDomain();
}, 600_000);
afterAll(async () => directory?.close());

const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:join-AbCdEf';
const does = (name: string, text: string): Script => ({ name, text: `${text}\n` });

function steps(os: string): Script[] {
  const inputs = {
    os: osOf(os),
    arch: 'x86_64' as const,
    parallelcluster,
    regions: ['eu-west-1'],
    recipe: [{ firstBoot: [{ use: 'joinDomain' as const }] }],
    certificates: [],
    assets: [],
    expect: [],
    domain: { name: domain.name, ou: 'OU=hpc,DC=corp,DC=example', dns: [domain.server], secret: arn },
  };
  return imageSteps(imageParts(inputs), packagedTemplates()).map(({ id, script }) => ({
    name: `step ${id}`,
    text: script,
  }));
}

/** A node that may read the secret. It records adcli's arguments and environment, then runs adcli itself. */
function node(secret: string): Script {
  return does(
    'node',
    `mkdir -p /var/lib/cloud/data; echo i-01 > /var/lib/cloud/data/instance-id; rm -f /etc/krb5.keytab
cat > /srv/secret <<'SECRET'
${secret}
SECRET
cat > /usr/local/bin/aws <<'AWS'
#!/bin/bash
printf '%s\\n' "$*" >> /srv/aws
cat /srv/secret
AWS
cat > /usr/local/sbin/adcli <<'ADCLI'
#!/bin/bash
{ printf '<%s> ' "$@"; env; } >> /srv/adcli
exec /usr/sbin/adcli "$@"
ADCLI
chmod 755 /usr/local/bin/aws /usr/local/sbin/adcli
echo 'nameserver 192.0.2.1' > /etc/resolv.conf`,
  );
}

const boot = (name: string): Script => does(name, '/opt/bakery/first-boot/run --now; echo "exit $?"');
const nameOf = (fqdn: string): Script =>
  does('name', `/opt/bakery/first-boot/steps/01-joinDomain --name ${fqdn}`);
const look = does(
  'look',
  'cat /srv/aws /srv/adcli; stat -c "%a %U" /etc/krb5.keytab; cat /etc/sssd/conf.d/10-bakery.conf; stat -c %a /etc/sssd/conf.d/10-bakery.conf; cat /etc/resolv.conf',
);

async function run(os: string, fqdn: string, scripts: readonly Script[]): Promise<DomainOutput[]> {
  return directory.node(await rootOf(os), fqdn, scripts);
}

function outputOf(outputs: readonly DomainOutput[], wanted: string): string {
  return outputs.find((one) => one.name === wanted)?.output ?? `${wanted} did not run`;
}

describe.skipIf(lacking !== undefined).each(['ubuntu2204', 'rocky9'])('%s', (os) => {
  test('joins with user and password, and is still joined after a second boot', async () => {
    const fqdn = `queue-st-cr-1.${os}.pcluster`;
    const secret = JSON.stringify({ username: domain.user, password: domain.password });
    const results = await run(os, fqdn, [
      ...steps(os),
      node(secret),
      nameOf(fqdn),
      boot('1'),
      does('again', 'rm /var/lib/bakery/first-boot/i-01/*.done'),
      boot('2'),
      look,
      does('disk', 'grep -rlF w0rd /etc /opt /var /run /root /tmp /home; true'),
    ]);
    const computer = outputOf(results, 'name').trim();
    expect(computer).toMatch(/^QUEUE-[0-9A-F]{9}$/);
    expect(outputOf(results, '1')).toMatch(
      new RegExp(`joined corp.example as ${computer}\n.*all done\nexit 0\n$`, 's'),
    );
    expect(outputOf(results, '2')).toMatch(new RegExp(`already joined: ${computer}\n`));
    const seen = outputOf(results, 'look');
    expect(seen).toContain('600 root\n');
    expect(seen).toContain(`ldap_sasl_authid = ${computer}$@CORP.EXAMPLE\n`);
    expect(seen).toContain('\n600\nnameserver 192.0.2.1\n');
    expect(seen).toContain(`secretsmanager get-secret-value --secret-id ${arn} --region eu-west-1`);
    for (const text of [seen, ...results.map(({ output }) => output)]) expect(text).not.toContain('Pa"s');
    expect(outputOf(results, 'disk')).toBe('');
    const found = await directory.ask([
      'samba-tool',
      'computer',
      'show',
      computer,
      '-H',
      `ldap://${domain.server}`,
      `-U${domain.user}%${domain.password}`,
    ]);
    expect(found).toContain(`dn: CN=${computer},OU=hpc,DC=corp,DC=example`);
    expect(found).toContain(`dNSHostName: ${fqdn}`);
  });

  test('joins with the one-time password of an account that was created before', async () => {
    const fqdn = `queue-dy-otp-1.${os}.pcluster`;
    const computer = outputOf(await run(os, fqdn, [...steps(os), nameOf(fqdn)]), 'name').trim();
    const once = 'One-Time "1" pass';
    await directory.ask([
      'sh',
      '-c',
      'printf %s "$1" | adcli preset-computer -D corp.example -S 10.77.0.1 -U Administrator --stdin-password --one-time-password="$2" "$3"',
      '-',
      domain.password,
      once,
      computer,
    ]);
    const results = await run(os, fqdn, [
      ...steps(os),
      node(JSON.stringify({ oneTimePassword: once })),
      boot('1'),
      look,
    ]);
    expect(outputOf(results, '1')).toMatch(/joined corp.example as .*exit 0\n$/s);
    for (const { output } of results) expect(output).not.toContain('One-Time "1"');
  });

  test.each([
    ['a wrong password', JSON.stringify({ username: domain.user, password: 'wrong-Secret' }), /exit 1\n$/],
    ['a secret that is not JSON', 'hunter-Secret', /not a JSON object of strings\n.*exit 1\n$/s],
    [
      'a secret without the required fields',
      JSON.stringify({ user: 'x-Secret' }),
      /neither username and password nor oneTimePassword\n.*exit 1\n$/s,
    ],
  ])('%s is reported without the secret, and the step is retried', async (_, secret, message) => {
    const results = await run(os, 'a.b.c', [...steps(os), node(secret), boot('1'), look]);
    expect(outputOf(results, '1')).toMatch(message);
    expect(outputOf(results, '1')).toContain('it will be retried');
    for (const { output } of results) expect(output).not.toMatch(/(wrong|hunter|x)-Secret/);
  });
});
