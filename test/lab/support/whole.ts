/** The inputs of a whole image for the lab's mirror: every part, and no public server. */
import fs from 'node:fs/promises';

import type { ImageInputs, MirrorRepository } from '../../../src/image/inputs.ts';
import { parseCertificates } from '../../../src/image/trust/certificates.ts';
import { asset, fullInputs } from '../../image/support/inputs.ts';
import { osOf } from './lab-os.ts';
import { parallelcluster, type Lab } from './lab.ts';

export async function wholeInputs(lab: Lab, id: string): Promise<ImageInputs> {
  const os = osOf(id);
  const key = (await fs.readFile(lab.keyFile)).toString('base64');
  const repository: MirrorRepository = { gpgKey: { name: 'lab.asc', content: key } };
  const { certificates } = parseCertificates('lab.pem', Buffer.from(lab.caPem), new Date());
  return {
    ...fullInputs(id),
    os,
    parallelcluster,
    recipe: [
      { use: 'mirrors' },
      { use: 'trust' },
      { use: 'assets' },
      {
        packages: {
          install: [{ name: 'lab-hello' }],
          remove: ['lab-remove-me'],
          upgrade: 'security',
          hold: ['lab-plain'],
          holds: 'keep',
        },
      },
      { script: { name: 'site.sh', text: 'mkdir -p /opt/site && touch /opt/site/ran\n' } },
      { firstBoot: [{ script: { name: 'node.sh', text: 'echo node\n' } }] },
      { use: 'hygiene' },
    ],
    certificates,
    handshake: lab.mirror,
    // Servers of the lab are reached directly, as git is in the other tests.
    proxy: { url: 'http://proxy.corp.example:3128', tools: ['shell'], repos: [], noProxy: [] },
    mirrors: {
      layout: 'artifactory',
      url: lab.mirror,
      repos: Object.fromEntries(os.repositories.map((one) => [one.id, repository])),
    },
    assets: [asset('tool', '/opt/site/tool', Buffer.from('#!/bin/sh\necho tool 1.0\n'))],
    expect: [{ id: 'tool', command: '/opt/site/tool | grep -q 1.0', because: 'researchers ask for it' }],
  };
}
