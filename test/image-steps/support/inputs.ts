/** Owns image inputs for tests: one that uses everything, and values meant to break out of wherever they are put. */
import { createHash } from 'node:crypto';
import type { ImageInputs } from '../../../src/image/inputs.ts';
import { parseCertificates } from '../../../src/image/certificates.ts';
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

export function asset(
  name: string,
  path: string,
  bytes: Buffer,
  mode = '0755',
): ImageInputs['assets'][number] {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { name, path, mode, sha256, content: bytes.toString('base64') };
}

export function fullInputs(os: string, arch: 'x86_64' | 'arm64' = 'x86_64'): ImageInputs {
  const found = findOs(os);
  if (!found) throw new Error(os);
  const bytes = Buffer.from(sampleCertificate);
  return {
    os: found,
    arch,
    parallelcluster: '3.15.1',
    recipe: [
      { use: 'mirrors' },
      { use: 'trust' },
      { use: 'assets' },
      { script: { name: 'site.sh', text: 'echo "site: $0" >&2\nmkdir -p /opt/site\ntouch /opt/site/ran\n' } },
      { use: 'hygiene' },
    ],
    mirrors: {
      layout: 'artifactory',
      url: 'https://mirror.corp.example',
      repos: {
        epel: { path: '/epel/own' },
        fsxlustreclientrepo: {
          path: '/fsx',
          gpgKey: { name: 'k', content: Buffer.from('KEY').toString('base64') },
        },
        'aws-fsx': { gpgKey: { name: 'k', content: Buffer.from('KEY').toString('base64') } },
      },
    },
    certificates: parseCertificates('root.pem', bytes, new Date('2030-01-01T00:00:00Z')).certificates,
    assets: [
      asset('tool', '/opt/site/tool', Buffer.from('#!/bin/sh\necho tool 1.0\n')),
      asset('notes', '/opt/site/notes.txt', Buffer.from('many times the same line\n'.repeat(200)), '0644'),
    ],
    expect: [{ id: 'tool', command: '/opt/site/tool | grep -q 1.0', because: 'researchers ask for it' }],
  };
}

/** Every text that comes from outside is hostile. */
export function hostileInputs(os: string): ImageInputs {
  const text = hostile.join(' ');
  const inputs = fullInputs(os);
  const [certificate] = inputs.certificates;
  if (!certificate) throw new Error('no certificate');
  return {
    ...inputs,
    recipe: [...inputs.recipe, ...hostile.map((name) => ({ script: { name, text } }))],
    certificates: [{ ...certificate, name: text, subject: text }],
    assets: hostile.map((name) => asset(name, `/opt/${name.replaceAll('/', '_').trim()}`, Buffer.from(name))),
    mirrors: {
      layout: 'custom',
      url: 'https://mirror.corp.example',
      repos: Object.fromEntries([
        ...inputs.os.repositories.map(({ id }) => [id, { path: `/${text}` }]),
        ...hostile.map((id) => [id, { path: `/${id}` }]),
      ]),
    },
    expect: hostile.map((command) => ({ id: command, command, because: command })),
  };
}
