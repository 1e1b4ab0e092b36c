/**
 * Tests the mirrors part in real root filesystems with the lab's mirror. For each known way in which ParallelCluster,
 * cloud-init or a package manager would bypass the mirror, a test fails if the countermeasure is removed.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { RehearsalResult } from '../../src/engines/rehearsal/contract.ts';
import type { ImageInputs } from '../../src/image/inputs.ts';
import { baseRoot, noLab, openLab, type Lab } from './support/lab.ts';
import {
  inputsIn,
  notPassed,
  outputOf,
  rowsOf,
  runIn,
  stepsOf,
  trusting,
  type Script,
} from './support/mirrors-lab.ts';

const none = await noLab();
let lab: Lab;
beforeAll(async () => {
  if (none === undefined) lab = await openLab();
});
afterAll(() => lab?.close());

const outcomeOf = (results: readonly RehearsalResult[], name: string) =>
  results.find((result) => result.name === name)?.outcome;

function script(name: string, text: string): Script {
  return { name, text };
}

/** Installs a package from the mirror and prints its output. */
const INSTALL: Record<'debian' | 'rhel', string> = {
  debian: `set -e
apt-get update -q -o APT::Update::Error-Mode=any
apt-get install -q -y --no-install-recommends lab-hello
lab-hello`,
  rhel: 'set -e\ndnf -y install lab-hello\nlab-hello',
};

/** Checksums of all files in the trees that steps change. */
const STATE = `find /etc /opt /usr/share/keyrings /usr/local -xdev -type f -print0 | sort -z | xargs -0 sha256sum
find /etc /opt -xdev -printf '%p %y %m %l\\n' | sort`;

describe.skipIf(none !== undefined)('in the lab', () => {
  describe.each([
    ['ubuntu2204', 'one-line sources'],
    ['ubuntu2404', 'deb822 sources'],
    ['rocky9', 'dnf'],
  ])('%s, %s', (os) => {
    let results: RehearsalResult[];
    let inputs: ImageInputs;
    beforeAll(async () => {
      inputs = await inputsIn(lab, os);
      await lab.forget();
      results = await runIn(lab, os, [
        ...stepsOf(inputs),
        trusting(lab),
        ...rowsOf(inputs),
        script('install', INSTALL[inputs.os.family]),
        ...stepsOf(inputs).map(({ name, text }) => script(`again ${name}`, text)),
        ...rowsOf(inputs).map(({ name, text }) => script(`again ${name}`, text)),
      ]);
    });

    test('every step and every row passes, in a second run too', () => {
      expect(notPassed(results)).toEqual([]);
    });

    test('a package is installed from the mirror, and no packet left the lab', async () => {
      expect(outputOf(results, 'install')).toContain('hello 1.0');
      expect(await lab.leaks()).toEqual([]);
    });
  });

  test.each(['alinux2023', 'rhel8', 'rhel9', 'rocky8', 'ubuntu2004'])(
    '%s: every step and every row passes, and no packet left the lab',
    async (os) => {
      await lab.forget();
      const inputs = await inputsIn(lab, os);
      const results = await runIn(lab, os, [...stepsOf(inputs), trusting(lab), ...rowsOf(inputs)]);
      expect(notPassed(results)).toEqual([]);
      expect(await lab.leaks()).toEqual([]);
    },
  );

  describe('preflight', () => {
    test.each(['rocky9'])(
      '%s: a certificate of another CA fails the bake, every failing server is named, nothing is changed',
      async (os) => {
        const inputs = await inputsIn(lab, os);
        const repos = inputs.mirrors?.repos ?? {};
        const [first = ''] = Object.keys(repos);
        const strange = {
          ...inputs,
          mirrors: { ...inputs.mirrors, repos: { ...repos, [first]: { path: `${lab.stranger}/x` } } },
          indexes: { npm: 'https://mirror.corp.example:444/npm', pip: 'https://nowhere.corp.example/pypi' },
        } as ImageInputs;
        const [cas, preflight] = stepsOf(strange);
        const results = await runIn(lab, os, [
          cas as Script,
          script('before', STATE),
          preflight as Script,
          script('after', STATE),
        ]);
        const output = outputOf(results, 'step preflight');
        expect(outcomeOf(results, 'step preflight')).toBe('failed');
        expect(output).toMatch(
          /FAILED https:\/\/leaf\.corp\.example\/ \(\w+\): curl: \(60\).*\n.*trust\.certificates/,
        );
        expect(output).toMatch(
          /FAILED https:\/\/mirror\.corp\.example:444\/ \(npm\): curl: \(7\).*\n.*let the build subnet/,
        );
        expect(output).toMatch(/FAILED https:\/\/nowhere\.corp\.example\/ \(pip\): curl: \(6\).*\n.*DNS/);
        expect(output).toContain('answers with 200: https://mirror.corp.example/');
        expect(outputOf(results, 'after')).toBe(outputOf(results, 'before'));
      },
    );

    test('it fails without the corporate CA and passes with it, whatever the environment sets', async () => {
      const inputs = await inputsIn(lab, 'rocky9');
      const [without] = stepsOf({ ...inputs, certificates: [] });
      const [cas, preflight] = stepsOf(inputs);
      const lying = `export SSL_CERT_FILE=/dev/null CURL_CA_BUNDLE=/dev/null https_proxy=http://127.0.0.1:9\nbash -s <<'THE_END'\n`;
      const results = await runIn(lab, 'rocky9', [
        script('without', (without as Script).text),
        cas as Script,
        script('with', `${lying}${(preflight as Script).text}\nTHE_END\n`),
        ...rowsOf(inputs).slice(0, 1),
      ]);
      expect(outcomeOf(results, 'without')).toBe('failed');
      expect([outputOf(results, 'with'), outcomeOf(results, 'with')]).toEqual([expect.any(String), 'passed']);
      expect(outcomeOf(results, 'row preflight')).toBe('passed');
    });
  });

  /**
   * The lines that ParallelCluster's user data appends on a node, even without a proxy
   * (aws/aws-parallelcluster:cli/src/pcluster/resources/compute_node/user_data.sh at v3.9.3).
   */
  const BOOT = {
    dnf: "echo 'proxy=' >> /etc/dnf/dnf.conf",
    dnfProxy: "echo 'proxy=http://proxy.corp.example:3128' >> /etc/dnf/dnf.conf",
    apt: `echo 'Acquire::http::Proxy "false";' >> /etc/apt/apt.conf`,
    aptProxy: `echo 'Acquire::http::Proxy "http://proxy.corp.example:9";' >> /etc/apt/apt.conf`,
  };
  const PROXY = 'http://proxy.corp.example:3128';
  const proxyFor = (...repos: string[]): ImageInputs['proxy'] => ({
    url: PROXY,
    tools: [],
    repos,
    noProxy: [],
  });

  describe('the proxy lines that a node appends at its first boot', () => {
    test('override a global proxy of dnf, but not the proxy of a repository', async () => {
      const inputs = await inputsIn(lab, 'rocky9', { proxy: proxyFor('epel') });
      const dump = (id: string) => `dnf -q config-manager --dump ${id} | grep -E '^proxy '`;
      const results = await runIn(lab, 'rocky9', [
        ...stepsOf(inputs).slice(1),
        script('global', `echo 'proxy=${PROXY}' >> /etc/dnf/dnf.conf`),
        script('global before', dump('baseos')),
        ...rowsOf(inputs).filter(({ name }) => name === 'row mirrors-no-proxy'),
        script('boot', BOOT.dnf),
        script('global after', dump('baseos')),
        script('own after', dump('epel')),
        ...rowsOf(inputs).filter(({ name }) => name === 'row mirrors-proxy'),
        script('broken', 'sed -i /^proxy=/d /etc/yum.repos.d/epel.repo'),
        ...rowsOf(inputs)
          .filter(({ name }) => name === 'row mirrors-proxy')
          .map(({ text }) => script('row without it', text)),
      ]);
      expect(outputOf(results, 'global before')).toContain(PROXY);
      expect(outcomeOf(results, 'row mirrors-no-proxy')).toBe('failed');
      expect(outputOf(results, 'global after')).not.toContain(PROXY);
      expect(outputOf(results, 'own after')).toContain(PROXY);
      expect(outcomeOf(results, 'row mirrors-proxy')).toBe('passed');
      expect(outcomeOf(results, 'row without it')).toBe('failed');
    });

    test('do not change whether apt reaches the mirror directly or through its own proxy', async () => {
      const inputs = await inputsIn(lab, 'ubuntu2204', { proxy: proxyFor('ubuntu') });
      const repos = inputs.mirrors?.repos ?? {};
      const key = repos['ubuntu']?.gpgKey;
      // The lab has no proxy: the proxied repository is at another name of the mirror.
      const split = {
        ...inputs,
        mirrors: {
          ...inputs.mirrors,
          repos: { ...repos, ubuntu: { gpgKey: key, path: 'https://git.corp.example/artifactory/ubuntu' } },
        },
      } as ImageInputs;
      const update = (host: string) =>
        `apt-get update -q -o Acquire::Retries=0 -o Debug::Acquire::http=1 -o Debug::Acquire::https=1 2>&1 | tee /tmp/output | grep -E '${host}|3128|:9' | head -50; tail -5 /tmp/output`;
      const results = await runIn(lab, 'ubuntu2204', [
        ...stepsOf(split).slice(1),
        trusting(lab),
        ...rowsOf(split).filter(({ name }) => /proxy/.test(name)),
        script('boot', BOOT.aptProxy),
        script('config', 'apt-config dump Acquire'),
        script('update', update('corp.example')),
        ...rowsOf(split)
          .filter(({ name }) => /proxy/.test(name))
          .map(({ name, text }) => script(`booted ${name}`, text)),
        script('broken', 'rm /etc/apt/apt.conf.d/99bakery-proxy'),
        ...rowsOf(split)
          .filter(({ name }) => name === 'row mirrors-proxy')
          .map(({ text }) => script('row without it', text)),
        script('update without it', 'apt-get update -q -o Acquire::Retries=0 -o APT::Update::Error-Mode=any'),
      ]);
      expect(outcomeOf(results, 'row mirrors-proxy')).toBe('passed');
      expect(outcomeOf(results, 'row mirrors-no-proxy')).toBe('passed');
      const output = outputOf(results, 'update');
      // apt contacts the configured proxy (the lab has none, but the attempt is visible), not the appended one.
      expect(output).toMatch(/Could not connect to proxy\.corp\.example:3128/);
      expect(output).not.toMatch(/proxy\.corp\.example:9\b/);
      expect(output).toMatch(/(Hit|Get):\d+ https:\/\/mirror\.corp\.example/);
      expect(outcomeOf(results, 'booted row mirrors-proxy')).toBe('passed');
      expect(outcomeOf(results, 'booted row mirrors-no-proxy')).toBe('failed');
      expect(outcomeOf(results, 'row without it')).toBe('failed');
      expect(outcomeOf(results, 'update without it')).toBe('failed');
    });
  });

  test('no effective URL depends on the dnf variables that cloud-init writes', async () => {
    const inputs = await inputsIn(lab, 'alinux2023');
    const dump = "dnf -q config-manager --dump '*' | grep -E '^(baseurl|mirrorlist) '";
    const row = rowsOf(inputs).find(({ name }) => name === 'row mirrors-repos') as Script;
    const boot =
      'for each in awsregion awsdomain dualstack mirrorlist; do echo evil > /etc/dnf/vars/$each; done; echo mirror.corp.example > /etc/dnf/vars/ourhost';
    const results = await runIn(lab, 'alinux2023', [
      script('stock booted', `(${boot}); ${dump}`),
      ...stepsOf(inputs).slice(1),
      script('mirrored booted', `${boot}; ${dump}`),
      row,
      // cloud-init rewrites the variables, so the row refuses a redirect by a variable even if it leads to the mirror.
      script(
        'by variable',
        "sed -i 's|//mirror.corp.example/|//$ourhost/|' /etc/yum.repos.d/amazonlinux.repo",
      ),
      script('row by variable', row.text),
    ]);
    expect(outputOf(results, 'stock booted')).toContain('evil');
    expect(outputOf(results, 'mirrored booted')).not.toContain('evil');
    expect(outcomeOf(results, 'row mirrors-repos')).toBe('passed');
    expect(outcomeOf(results, 'row by variable')).toBe('failed');
    expect(outputOf(results, 'row by variable')).toContain('(now https://mirror.corp.example/');
  });

  test('cloud-init writes the public sources again on a new instance, but not with our drop-in', async () => {
    const inputs = await inputsIn(lab, 'ubuntu2204');
    const rootfs = await baseRoot('boot');
    const steps = stepsOf(inputs).slice(1);
    const boot = (instance: string) => `
set -u
mkdir -p /var/lib/cloud/seed/nocloud /etc/cloud/cloud.cfg.d /run/cloud-init
printf 'instance-id: ${instance}\\nlocal-hostname: node\\n' > /var/lib/cloud/seed/nocloud/meta-data
printf '#cloud-config\\n{}\\n' > /var/lib/cloud/seed/nocloud/user-data
printf 'datasource_list: [NoCloud, None]\\nnetwork: {config: disabled}\\n' > /etc/cloud/cloud.cfg.d/91-test.cfg
# Ubuntu's cloud.cfg does not set it; the cloud.cfg of Debian, which this root has, does
# (canonical/cloud-init:config/cloud.cfg.tmpl).
sed -i '/^apt:/d; /^ *preserve_sources_list:/d' /etc/cloud/cloud.cfg
rm -rf /run/cloud-init/* /var/lib/cloud/instance
cloud-init init --local; cloud-init init
cloud-init single --name cc_apt_configure --frequency instance
printf '== sources\\n'
cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null
printf '== end\\n'`;
    const sources = script(
      'sources',
      `mkdir -p /etc/apt/sources.list.d\nrm -f /etc/apt/sources.list.d/*\necho 'deb http://archive.ubuntu.com/ubuntu jammy main' > /etc/apt/sources.list`,
    );
    const row = rowsOf(inputs).find(({ name }) => name === 'row mirrors-cloud-init') as Script;
    // Without the lab's network: this cloud-init cannot print routes without a gateway.
    const run = (taken: Script[]) =>
      runIn(
        undefined,
        'ubuntu2204',
        [
          sources,
          ...steps,
          ...taken,
          row,
          script('boot one', boot('i-one')),
          script('boot two', boot('i-two')),
        ],
        rootfs,
      );
    const after = (results: RehearsalResult[], name: string) =>
      outputOf(results, name).split(/^== .*$/m)[1] ?? '';

    const kept = await run([]);
    expect(outcomeOf(kept, 'row mirrors-cloud-init')).toBe('passed');
    for (const name of ['boot one', 'boot two']) {
      expect(after(kept, name)).toContain(
        `deb [signed-by=/usr/share/keyrings/bakery-ubuntu.asc] ${lab.mirror}/`,
      );
      expect(after(kept, name)).not.toMatch(/^(deb|URIs:) .*(debian\.org|ubuntu\.com)/m);
    }
    const undone = await run([script('without it', 'rm /etc/cloud/cloud.cfg.d/zz-bakery-apt.cfg')]);
    expect(outcomeOf(undone, 'row mirrors-cloud-init')).toBe('failed');
    expect(after(undone, 'boot two')).not.toContain(lab.mirror);
    // A contradicting file that sorts earlier has no effect; one that sorts later wins and makes the row fail.
    const earlier = await run([
      script('earlier', "printf 'apt: {preserve_sources_list: false}\\n' > /etc/cloud/cloud.cfg.d/99-x.cfg"),
    ]);
    expect(outcomeOf(earlier, 'row mirrors-cloud-init')).toBe('passed');
    expect(after(earlier, 'boot two')).toContain(lab.mirror);
  });

  test('apt-get update exits with 0 if a source fails, but the row fails', async () => {
    const inputs = await inputsIn(lab, 'ubuntu2204');
    const row = rowsOf(inputs).find(({ name }) => name === 'row mirrors-answer') as Script;
    const results = await runIn(lab, 'ubuntu2204', [
      ...stepsOf(inputs),
      script('plain', 'apt-get update -q -o Acquire::Retries=0'),
      row,
      trusting(lab),
      script('row trusted', row.text),
      script('old apt', row.text.replace('-o APT::Update::Error-Mode=any', '')),
      script('missing', "sed -i 's|jammy-updates|jammy-gone|' /etc/apt/sources.list"),
      script('row of an old apt', row.text.replace('-o APT::Update::Error-Mode=any', '')),
    ]);
    expect(outcomeOf(results, 'plain')).toBe('passed');
    expect(outcomeOf(results, 'row mirrors-answer')).toBe('failed');
    expect(outcomeOf(results, 'row trusted')).toBe('passed');
    expect(outcomeOf(results, 'old apt')).toBe('passed');
    expect(outcomeOf(results, 'row of an old apt')).toBe('failed');
  });

  test('an unreachable repository makes dnf fail to install a local file; with the mirrors it succeeds', async () => {
    const inputs = await inputsIn(lab, 'rocky9');
    const local = `set -e
curl -sf --cacert /etc/ssl/certs/ca-bundle.crt -o /tmp/lab-lib.rpm ${lab.mirror}/rpm/Packages/lab-lib-1.0-1.noarch.rpm
sed -i '/skip_if_unavailable/d' /etc/yum.repos.d/*.repo
dnf -y install --nogpgcheck /tmp/lab-lib.rpm`;
    await lab.forget();
    const stock = await runIn(lab, 'rocky9', [trusting(lab), script('install', local)]);
    expect(outcomeOf(stock, 'install')).toBe('failed');
    const mirrored = await runIn(lab, 'rocky9', [
      ...stepsOf(inputs),
      trusting(lab),
      script('install', local),
    ]);
    expect([outcomeOf(mirrored, 'install'), outputOf(mirrored, 'install').slice(-800)]).toEqual([
      'passed',
      expect.any(String),
    ]);
    // One leftover public repository is enough.
    const left = "sed -i 's|^baseurl=.*epel/9.*|baseurl=https://192.0.2.7/epel|' /etc/yum.repos.d/epel.repo";
    const rows = rowsOf(inputs).filter(({ name }) => /mirrors-(repos|effective|answer)$/.test(name));
    const leftover = await runIn(lab, 'rocky9', [
      ...stepsOf(inputs),
      trusting(lab),
      script('leftover', left),
      ...rows,
      script('install', local),
    ]);
    expect(rows.map(({ name }) => outcomeOf(leftover, name))).toEqual(['failed', 'failed', 'failed']);
    expect(outcomeOf(leftover, 'install')).toBe('failed');
  });

  test('an unsigned package is refused', async () => {
    const inputs = await inputsIn(lab, 'rocky9');
    const results = await runIn(lab, 'rocky9', [
      ...stepsOf(inputs),
      trusting(lab),
      script('unsigned', 'dnf -y install lab-unsigned'),
    ]);
    expect(outcomeOf(results, 'unsigned')).toBe('failed');
    expect(outputOf(results, 'unsigned')).toMatch(/not signed|GPG check FAILED/);
  });
});
