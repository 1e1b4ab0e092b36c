/** Image inputs for tests: one that uses every feature, and hostile values that try to escape from their context. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageInputs } from '../../../src/image/inputs.ts';
import { parseCertificates } from '../../../src/image/trust/certificates.ts';
import { SMALL_FILE, type StepFile } from '../../../src/image/step.ts';
import { findOs } from '../../../src/os/index.ts';
import { sampleCertificate } from './sample-certificate.ts';

export const hostile = [
  `it's "quoted"`,
  'a\nb\r\nc\td',
  '$(touch /tmp/pwned) `touch /tmp/pwned` ${HOME} $HOME',
  '; rm -rf / #',
  'größe 漢字 🦀 \u0085\u2028\ufeff',
  '{{ build.step.outputs.stdout }} {{{x}}} \\{{y}}',
  '%{ if true }x%{ endif } ${file("/etc/passwd")} $${x}',
  "\\' \\\\ \\n 'a' '",
  '--help -rf *',
  '\u0001\u001b[31m\u007f',
  'BAKE_DATA\nBAKE_AWK\n',
] as const;

const KEY = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nKEY\n-----END PGP PUBLIC KEY BLOCK-----\n';

export function asset(
  name: string,
  path: string,
  bytes: Buffer,
  mode = '0755',
): ImageInputs['assets'][number] {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const source = join(folder(), sha256);
  writeFileSync(source, bytes);
  const content = bytes.length > SMALL_FILE ? undefined : bytes.toString('base64');
  return { name, path, mode, sha256, file: { sha256, size: bytes.length, source, content } };
}

/** The bytes of a step's file. */
export function readStaged({ source }: StepFile): Buffer {
  return readFileSync(source);
}

let made: string | undefined;

/** The folder of asset files while a test file runs. */
function folder(): string {
  made ??= mkdtempSync(join(tmpdir(), 'bake-assets-'));
  return made;
}

export function fullInputs(os: string, arch: 'x86_64' | 'arm64' = 'x86_64'): ImageInputs {
  const found = findOs(os);
  if (!found) throw new Error(os);
  const bytes = Buffer.from(sampleCertificate);
  return {
    os: found,
    arch,
    parallelcluster: '3.15.1',
    regions: ['us-east-1'],
    recipe: [
      { use: 'mirrors' },
      { use: 'trust' },
      { use: 'assets' },
      {
        packages: {
          install: [{ name: 'site-tool' }],
          remove: ['site-games'],
          upgrade: 'security',
          hold: ['site-held*'],
          holds: 'keep',
        },
      },
      { script: { name: 'site.sh', text: 'echo "site: $0" >&2\nmkdir -p /opt/site\ntouch /opt/site/ran\n' } },
      { firstBoot: [{ use: 'joinDomain' }, { script: { name: 'node.sh', text: 'echo node\n' } }] },
      { use: 'hygiene' },
    ],
    mirrors: {
      layout: 'artifactory',
      url: 'https://mirror.corp.example',
      repos: {
        epel: { path: '/epel/own' },
        fsxlustreclientrepo: {
          path: '/fsx',
          gpgKey: { name: 'k', content: Buffer.from(KEY).toString('base64') },
        },
        'aws-fsx': { gpgKey: { name: 'k', content: Buffer.from(KEY).toString('base64') } },
      },
    },
    indexes: {
      pip: 'https://mirror.corp.example/artifactory/api/pypi/pypi/simple',
      uv: 'https://mirror.corp.example/artifactory/api/pypi/pypi/simple',
      conda: { url: 'https://mirror.corp.example/artifactory/conda', channels: ['conda-forge'] },
      npm: 'https://mirror.corp.example/artifactory/api/npm/npm',
      cran: 'https://mirror.corp.example/artifactory/cran',
      spack: 'https://mirror.corp.example/artifactory/spack',
      git: { 'github.com': 'https://mirror.corp.example/git/github' },
      containers: { 'docker.io': 'mirror.corp.example/docker-hub', 'ghcr.io': 'mirror.corp.example/ghcr' },
    },
    proxy: { url: 'http://proxy.corp.example:3128', tools: ['git'], repos: [], noProxy: ['.corp.example'] },
    handshake: 'https://mirror.corp.example',
    domain: {
      name: 'corp.example',
      ou: 'OU=hpc,DC=corp,DC=example',
      dns: ['10.0.0.2'],
      secret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:join-AbCdEf',
    },
    certificates: parseCertificates('root.pem', bytes, new Date('2030-01-01T00:00:00Z')).certificates,
    assets: [
      asset('tool', '/opt/site/tool', Buffer.from('#!/bin/sh\necho tool 1.0\n')),
      asset('notes', '/opt/site/notes.txt', Buffer.from('many times the same line\n'.repeat(200)), '0644'),
    ],
    expect: [{ id: 'tool', command: '/opt/site/tool | grep -q 1.0', because: 'researchers ask for it' }],
  };
}

/** Inputs in which every text from outside is hostile. */
export function hostileInputs(os: string): ImageInputs {
  const text = hostile.join(' ');
  const inputs = fullInputs(os);
  const [certificate] = inputs.certificates;
  if (!certificate) throw new Error('no certificate');
  return {
    ...inputs,
    recipe: [
      ...inputs.recipe.filter((step) => !('firstBoot' in step) && !('packages' in step)),
      ...hostile.map((name) => ({ script: { name, text } })),
      {
        packages: {
          install: [
            ...hostile.map((name) => ({ name })),
            { asset: text, path: `/opt/${text}.${inputs.os.family === 'rhel' ? 'rpm' : 'deb'}` },
          ],
          remove: hostile,
          upgrade: 'all',
          hold: hostile,
          holds: 'release',
        },
      },
      { firstBoot: hostile.map((name) => ({ script: { name, text } })) },
    ],
    // Not hostile: CONFIG_VALUE refuses hostile values here, which indexes/indexes.test.ts and indexes/proxy.test.ts
    // test.
    indexes: undefined,
    proxy: undefined,
    domain: { name: text, ou: text, dns: hostile, secret: text },
    certificates: [{ ...certificate, name: text, subject: text }],
    assets: hostile.map((name) => asset(name, `/opt/${name.replaceAll('/', '_').trim()}`, Buffer.from(name))),
    mirrors: {
      layout: 'custom',
      url: 'https://mirror.corp.example',
      repos: Object.fromEntries([
        ...inputs.os.repositories.map(({ id }, index) => [
          id,
          { path: `/${hostile[index % hostile.length]}` },
        ]),
        ...hostile.map((id) => [id, { path: `/${id}` }]),
      ]),
    },
    expect: hostile.map((command) => ({ id: command, command, because: command })),
  };
}
