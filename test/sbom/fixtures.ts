/** Inventories and subjects for the tests of package lists. */
import type { SbomSubject } from '../../src/sbom/cyclonedx.ts';
import { parseInventory } from '../../src/sbom/inventory.ts';

export const FINGERPRINT = `sha256:${'0123456789abcdef'.repeat(4)}`;

export const subject: SbomSubject = {
  name: 'bakery-alinux2-x86_64-3.15.1-0123456789ab',
  fingerprint: FINGERPRINT,
  imageId: 'ami-0123456789abcdef0',
  region: 'us-east-1',
  os: 'alinux2',
  arch: 'x86_64',
  parallelcluster: '3.15.1',
};

const VENV = '/opt/parallelcluster/pyenv/versions/3.12.8/envs/node_virtualenv';

export const LINES = [
  'os\tamzn\t2',
  'kernel\t5.10.220-209.869.amzn2.x86_64',
  'driver\tnvidia\t550.127.05',
  'rpm\tbash\t0:4.2.46-34.amzn2\tx86_64',
  'rpm\topenssl-libs\t1:1.0.2k-24.amzn2.0.14\tx86_64',
  'rpm\tgpg-pubkey\t0:c87f5b1a-593863f8\t(none)',
  `pip\tboto3\t1.34.1\t${VENV}`,
  'pip\tRuamel_Yaml\t0.18.6\t/usr/local',
];

export const inventory = parseInventory(LINES.join('\n'));
