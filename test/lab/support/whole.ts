/** The inputs of whole images as a user of the lab's mirror has them: every part, and nothing left public. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';

import type { ImageInputs, MirrorRepository } from '../../../src/image/inputs.ts';
import { parseCertificates } from '../../../src/image/trust/certificates.ts';
import { loadProject } from '../../../src/pipeline/project.ts';
import { sha256 } from '../../../src/util/sha256.ts';
import { folderWith } from '../../config/folder.ts';
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
          release: 'latest',
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

const TOOL = '#!/bin/sh\necho tool 1.0\n';

/** A target of a bakery.yaml that names a shipped recipe, the lab's mirror and CA, and an asset. */
export async function shippedInputs(lab: Lab, id: string, recipe: string): Promise<ImageInputs> {
  const repos = Object.fromEntries(osOf(id).repositories.map((one) => [one.id, { gpgKey: 'lab.asc' }]));
  const base = osOf(id).official ? {} : { base: 'ami-0123456789abcdef0' };
  const bakery = {
    version: 1,
    defaults: { recipe },
    targets: [{ os: id, ...base }],
    mirrors: { layout: 'artifactory', url: lab.mirror, repos, pip: '/artifactory/api/pypi/pypi/simple' },
    trust: { certificates: ['certs/lab.pem'] },
    assets: 'assets.yaml',
    // The lab's authority lives for a fortnight.
    image: { lifeDays: 10 },
  };
  const assets = { name: 'tool', file: 'tool', sha256: sha256(TOOL), path: '/opt/site/tool' };
  const folder = await folderWith({
    'bakery.yaml': stringify(bakery),
    'assets.yaml': stringify({ version: 1, assets: [assets] }),
    'certs/lab.pem': lab.caPem,
    'lab.asc': await fs.readFile(lab.keyFile),
    tool: TOOL,
  });
  const selection = { os: [], regions: [], rebake: false };
  const { jobs } = await loadProject(path.join(folder, 'bakery.yaml'), selection, {}, new Date());
  const [job] = jobs;
  if (job === undefined) throw new Error(`no target for ${id}`);
  // The release that the lab's root filesystems say they have.
  return { ...job.image, parallelcluster };
}
