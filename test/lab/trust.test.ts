/**
 * Tests trust with real runtimes: each accepts the corporate CA after the bake only, and not if its store is reverted.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RehearsalResult } from '../../src/engines/rehearsal/contract.ts';
import { rehearseSome } from './support/library.ts';
import type { ImageInputs } from '../../src/image/inputs.ts';
import { imageParts } from '../../src/image/parts.ts';
import { imageSteps } from '../../src/image/steps.ts';
import { parseCertificates } from '../../src/image/trust/certificates.ts';
import { verifyRows } from '../../src/image/verify.ts';
import { findOs } from '../../src/os/index.ts';
import { packagedTemplates } from '../../src/text/templates.ts';
import { noLab, openLab, parallelcluster, rootOf, type Lab } from './support/lab.ts';

const templates = packagedTemplates();
const why = await noLab();

const handshakes = ['curl', 'wget', 'openssl', 'git', 'python', 'pyenv', 'aws', 'node', 'java', 'cinc'].map(
  (runtime) => `trust-${runtime}`,
);
/** An environment that names the CA: rows must not depend on it. */
const HELP =
  'export SSL_CERT_FILE=/lab.pem CURL_CA_BUNDLE=/lab.pem REQUESTS_CA_BUNDLE=/lab.pem AWS_CA_BUNDLE=/lab.pem ' +
  'PIP_CERT=/lab.pem NODE_EXTRA_CA_CERTS=/lab.pem GIT_SSL_CAINFO=/lab.pem SSL_CERT_DIR=/';

const ENVS = '/opt/parallelcluster/pyenv/versions/3.9.20/envs';
const old = (path: string) => `for file in ${path}; do cp --remove-destination /old.pem "$file"; done`;

interface Revert {
  /** Removes the CA from one store. */
  script: string;
  /** The rows that must fail. */
  red: string[];
  /** The steps that restore it. */
  repair: string[];
}

function revertsOf(os: string): Record<string, Revert> {
  const { anchors, bundle, program } = findOs(os)?.trust ?? { anchors: '', bundle: '', program: '' };
  const extract = program === 'update-ca-certificates' ? `${program} --fresh` : program;
  const stores = ['trust-stores'];
  const file = (row: string, path: string): Revert => ({
    script: `rm ${path}`,
    red: [row],
    repair: ['trust-settings'],
  });
  return {
    "the OS's anchors": {
      script: `rm ${anchors}/bakery-*; ${extract}`,
      red: ['anchors', 'bundle', 'curl', 'wget', 'openssl', 'git', 'python', 'cinc'].map(
        (id) => `trust-${id}`,
      ),
      repair: ['trust-anchors', 'trust-extract'],
    },
    'the extracted bundle': {
      script: `cp --remove-destination ${anchors}/bakery-* ${bundle}`,
      red: ['trust-public-roots'],
      repair: ['trust-extract'],
    },
    'anchors without strangers': {
      script: `printf -- '-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n' > ${anchors}/bakery-x.pem`,
      red: ['trust-anchors', 'trust-verify'],
      repair: ['trust-anchors'],
    },
    'a bundle without keys': {
      script: `echo '-----BEGIN RSA PRIVATE KEY-----' >> ${bundle}`,
      red: ['trust-no-private-key'],
      repair: ['trust-extract'],
    },
    "certifi's bundle in one environment": {
      script: old(`${ENVS}/node_virtualenv/lib/python3*/site-packages/certifi/cacert.pem`),
      red: ['trust-store-python', 'trust-pyenv'],
      repair: stores,
    },
    "pip's bundle in one environment": {
      script: old(
        `${ENVS}/cfn_bootstrap_virtualenv/lib/python3*/site-packages/pip/_vendor/certifi/cacert.pem`,
      ),
      red: ['trust-store-python', 'trust-pyenv'],
      repair: stores,
    },
    "botocore's own bundle": {
      script: old(`${ENVS}/node_virtualenv/lib/python3*/site-packages/botocore/cacert.pem`),
      red: ['trust-store-aws'],
      repair: stores,
    },
    "the AWS CLI's bundles": {
      script: old('/usr/local/aws/lib/python3*/site-packages/{certifi,botocore,awscli/botocore}/cacert.pem'),
      red: ['trust-store-aws', 'trust-aws'],
      repair: stores,
    },
    "conda's bundle": {
      script: old('/opt/miniconda3/ssl/cacert.pem'),
      red: ['trust-store-conda'],
      repair: stores,
    },
    "Cinc's link": {
      script: old('/opt/cinc/embedded/ssl/certs/cacert.pem'),
      red: ['trust-store-cinc', 'trust-cinc'],
      repair: stores,
    },
    "a vendor JDK's key store": {
      script: 'cp --remove-destination /old.jks /opt/jdk/lib/security/cacerts',
      red: ['trust-store-java', 'trust-java'],
      repair: stores,
    },
    "cfn-bootstrap's override": { script: 'rm /etc/cfn/ca-override.pem', red: ['trust-cfn'], repair: stores },
    "a registry's folder": {
      script: 'rm -r /etc/docker/certs.d',
      red: ['trust-containers'],
      repair: stores,
    },
    "Node's variable": {
      script: "sed -i '/NODE_EXTRA_CA_CERTS/d' /etc/profile.d/aws-cli-default-config.sh",
      red: ['trust-profile', 'trust-node'],
      repair: ['trust-settings'],
    },
    'the whole environment file': file('trust-environment', '/etc/environment'),
    "sudo's variables": file('trust-sudoers', '/etc/sudoers.d/bakery-trust'),
    "systemd's variables": file('trust-systemd', '/etc/systemd/system.conf.d/bakery-trust.conf'),
    "supervisord's drop-in": file(
      'trust-systemd',
      '/etc/systemd/system/supervisord.service.d/bakery-trust.conf',
    ),
    "conda's setting": file('trust-conda', '/etc/conda/condarc.d/bakery-trust.yml'),
    'the NSS database': {
      script: `file=$(echo ${anchors}/bakery-*); name=\${file##*/}; certutil -D -d sql:/etc/pki/nssdb -n "\${name%.*}"`,
      red: ['trust-nss'],
      repair: stores,
    },
    'anchors that cloud-init leaves alone': {
      script: 'echo "ca_certs: { remove_defaults: yes }" > /etc/cloud/cloud.cfg.d/99_site.cfg',
      red: ['trust-cloud-init'],
      repair: [],
    },
  };
}

describe.skipIf(why !== undefined)('trust', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  }, 600_000);
  afterAll(async () => lab?.close());

  function inputsOf(os: string, handshake: string): ImageInputs {
    const found = findOs(os);
    if (!found) throw new Error(os);
    return {
      os: found,
      arch: 'x86_64',
      parallelcluster,
      regions: ['us-east-1'],
      recipe: [{ use: 'trust' }],
      indexes: { containers: { 'docker.io': 'registry.corp.example:5000/hub' } },
      certificates: parseCertificates('lab.pem', Buffer.from(lab.caPem), new Date()).certificates,
      handshake,
      assets: [],
      expect: [],
    };
  }

  function scriptsOf(os: string, handshake = lab.mirror) {
    const inputs = inputsOf(os, handshake);
    const own = ({ id }: { id: string }) => id.startsWith('trust-');
    const steps = new Map(
      imageSteps(imageParts(inputs), templates)
        .filter(own)
        .map(({ id, script }) => [id, script]),
    );
    const rows = new Map(
      verifyRows(imageParts(inputs), templates)
        .filter(own)
        .map(({ id, script }) => [id, script]),
    );
    return { steps, rows };
  }

  async function run(os: string, scripts: { name: string; text: string }[]): Promise<RehearsalResult[]> {
    return rehearseSome({
      target: { os, arch: 'x86_64', parallelcluster },
      rootfs: await rootOf(os),
      network: lab.network,
      scripts,
      keepGoing: true,
    });
  }

  const named = (prefix: string, scripts: ReadonlyMap<string, string>, ids = [...scripts.keys()]) =>
    ids.map((id) => ({ name: `${prefix}${id}`, text: scripts.get(id) ?? 'exit 99' }));

  const before = () => ({
    name: 'before',
    text: `set -e
cp -L /etc/ssl/certs/ca-certificates.crt /old.pem
cp /opt/jdk/lib/security/cacerts /old.jks
cat > /lab.pem <<'PEM'\n${lab.caPem}PEM
mkdir -p /opt/miniconda3/ssl /etc/pki/nssdb
cp /old.pem /opt/miniconda3/ssl/cacert.pem
certutil -N -d sql:/etc/pki/nssdb --empty-password
echo 'export AWS_DEFAULT_REGION=us-iso-east-1' > /etc/profile.d/aws-cli-default-config.sh`,
  });

  async function everything(os: string): Promise<Map<string, RehearsalResult>> {
    const { steps, rows } = scriptsOf(os);
    const strange = scriptsOf(os, lab.stranger).rows;
    const offline = [...rows.keys()].filter((id) => !handshakes.includes(id) && id !== 'trust-cloud-init');
    const scripts = [
      before(),
      ...named('before ', rows, handshakes).map(({ name, text }) => ({
        name,
        text: text.replace('\n', `\n${HELP}\n`),
      })),
      ...named('', steps),
      ...named('again ', steps),
      ...named('after ', rows),
      ...named('stranger ', strange, handshakes),
      ...Object.entries(revertsOf(os)).flatMap(([name, { script, red, repair }]) => [
        { name: `revert ${name}`, text: `set -e\n${script}` },
        ...named(`${name} `, rows, red),
        ...named(`repair ${name} `, steps, repair),
      ]),
      ...named('repaired ', rows, offline),
      { name: 'profile', text: 'cat /etc/profile.d/aws-cli-default-config.sh' },
    ];
    const results = new Map((await run(os, scripts)).map((result) => [result.name, result]));
    expect(results.size).toBe(scripts.length);
    return results;
  }

  const systems = ['ubuntu2204', 'rocky9'];
  const done = new Map<string, Map<string, RehearsalResult>>();
  // Both at the same time: each of them mostly waits.
  beforeAll(async () => {
    await lab.forget();
    await Promise.all(systems.map(async (os) => done.set(os, await everything(os))));
  }, 600_000);

  describe.each(systems)('%s', (os) => {
    const reverts = revertsOf(os);
    let results: Map<string, RehearsalResult>;
    beforeAll(() => {
      results = done.get(os) ?? new Map<string, RehearsalResult>();
    });

    /** The results with another outcome than the expected one, with their output. */
    function notAs(outcome: RehearsalResult['outcome'], prefix: string): string[] {
      return [...results.values()]
        .filter((result) => result.name.startsWith(prefix) && result.outcome !== outcome)
        .map((result) => `${result.name} ${result.outcome} ${result.reason} ${result.output.slice(-600)}`);
    }

    test.each(handshakes)('%s fails before the bake, whatever the environment sets', (id) => {
      const result = results.get(`before ${id}`);
      expect(result?.outcome).toBe('failed');
      expect(result?.output).toContain('FAILED: does not accept https://mirror.corp.example');
    });

    test('every step passes, in a second run too', () => {
      expect(notAs('passed', 'trust-')).toEqual([]);
      expect(notAs('passed', 'again ')).toEqual([]);
      expect(results.get('again trust-stores')?.output).not.toContain('linked:');
    });

    test('every row passes after the steps', () => {
      expect(notAs('passed', 'after ')).toEqual([]);
    });

    test.each(handshakes)('%s completed a handshake', (id) => {
      const output = results.get(`after ${id}`)?.output;
      expect(output).toContain('accepts https://mirror.corp.example');
      expect(output).not.toContain('absent');
    });

    test('every Java and every Python environment completed its own handshake', () => {
      const made = (id: string) => results.get(`after ${id}`)?.output.match(/^accepts .*: (.*)$/gm) ?? [];
      expect(made('trust-java').join()).toMatch(
        /\/usr\/lib\/jvm\/.*\/opt\/jdk\/bin\/java|\/opt\/jdk.*\/usr\/lib\/jvm/,
      );
      expect(made('trust-pyenv')).toHaveLength(4);
      for (const name of ['ssl', 'requests', 'pip._vendor.requests', 'botocore.httpsession'])
        expect(results.get('after trust-pyenv')?.output.split(`  accepts: ${name}\n`)).toHaveLength(5);
    });

    test.each(handshakes)('%s refuses a server of an unknown CA', (id) => {
      expect(results.get(`stranger ${id}`)).toMatchObject({ outcome: 'failed' });
    });

    test.each(Object.entries(reverts))('%s: its rows fail after a revert', (name, { red }) => {
      expect(results.get(`revert ${name}`)).toMatchObject({ outcome: 'passed' });
      expect(red.map((id) => `${id} ${results.get(`${name} ${id}`)?.outcome}`)).toEqual(
        red.map((id) => `${id} failed`),
      );
    });

    test('the steps repair each reverted store', () => {
      expect(notAs('passed', 'repair ')).toEqual([]);
      expect(notAs('passed', 'repaired ')).toEqual([]);
    });

    test('the bootstrap file keeps its earlier content', () => {
      expect(results.get('profile')?.output).toMatch(
        /^export AWS_DEFAULT_REGION=us-iso-east-1\n# BEGIN bakery\nexport AWS_CA_BUNDLE=/,
      );
    });

    test('no packet left the lab', async () => {
      expect(await lab.leaks()).toEqual([]);
    });
  });

  test('a JDK on an OS without a Java key store gets the CAs imported once', async () => {
    const { steps, rows } = scriptsOf('ubuntu2204');
    const results = await run('ubuntu2204', [
      {
        name: 'no Java of the OS',
        text: 'rm -r /usr/lib/jvm /etc/ssl/certs/java /etc/ca-certificates/update.d; rm -f /usr/bin/java /usr/bin/keytool',
      },
      ...named('', steps),
      ...named('again ', steps),
      ...named('row ', rows, ['trust-store-java', 'trust-java']),
      { name: 'kept', text: 'test -s /opt/bakery/originals/opt/jdk/lib/security/cacerts' },
    ]);
    expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(results.find(({ name }) => name === 'row trust-java')?.output).toContain('/opt/jdk/bin/java');
  }, 120_000);
});
