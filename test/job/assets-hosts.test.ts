/** Tests settings of assets.yaml beside content: the owner of a file, and host names that point to the mirror (opt in). */
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { rehearse, scriptOf } from '../../src/engines/rehearsal/rehearse.ts';
import { imageParts } from '../../src/image/parts.ts';
import { imageSteps } from '../../src/image/steps.ts';
import { verifyRows } from '../../src/image/verify.ts';
import { loadProject } from '../../src/pipeline/project.ts';
import { sha256 } from '../../src/util/sha256.ts';
import { emptyFolder } from '../support/project.ts';
import { tar } from '../assets/support/tar.ts';

// Only root can set another owner and write /etc/hosts.
const root = process.getuid?.() === 0;
if (!root) process.stderr.write('skipped: owners and hosts of assets need root\n');

const HOSTS = 'hosts: { address: 10.1.2.3, names: [github.com, codeload.github.com] }\n';
const line = '10.1.2.3 github.com codeload.github.com # bakery assets';

async function job(assets: string) {
  const folder = emptyFolder();
  const write = (name: string, bytes: string | Buffer): void => {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), bytes);
  };
  const archive = gzipSync(
    tar([
      { name: 'run', type: '0', body: Buffer.from('#!/bin/sh\n'), mode: 0o755 },
      { name: 'a b ü', type: '0', body: Buffer.from('x') },
    ]),
  );
  write('files/plain', 'plain');
  write('files/tool.tgz', archive);
  write('recipe.yaml', 'steps: [assets]\n');
  write(
    'bakery.yaml',
    'version: 1\ndefaults: { recipe: recipe.yaml }\ntargets: [{ os: alinux2023 }]\nassets: assets.yaml\n',
  );
  write(
    'assets.yaml',
    `version: 1\n${assets}assets:
  - { name: plain, file: files/plain, sha256: ${sha256('plain')}, path: /opt/site/plain, owner: "daemon:daemon", mode: "0640" }
  - { name: tool, file: files/tool.tgz, sha256: ${sha256(archive)}, path: /opt/site/tool, owner: daemon, unpack: {} }
`,
  );
  const selection = { os: [], regions: [], rebake: false } as unknown as Parameters<typeof loadProject>[1];
  const { jobs } = await loadProject(path.join(folder, 'bakery.yaml'), selection, {}, new Date());
  const [{ image, target, templates }] = jobs as [(typeof jobs)[number]];
  const rows = verifyRows(imageParts(image), templates).filter(({ id }) => id.startsWith('asset'));
  return {
    steps: imageSteps(imageParts(image), templates).map(scriptOf),
    rows: rows.map(scriptOf),
    target: { os: target.os.id, arch: target.arch, parallelcluster: target.parallelcluster },
  };
}

const look = {
  name: 'look',
  text: '#!/bin/bash\nstat -c "%U:%G %a" /opt/site/plain\nstat -c %U /opt/site/tool/*\ngrep bakery /etc/hosts\ntrue\n',
};

it.runIf(root)('sets owners and the names of the mirror, and changes nothing the second time', async () => {
  const { steps, rows, target } = await job(HOSTS);
  const again = steps
    .filter(({ name }) => name.startsWith('asset'))
    .map((step) => ({ ...step, name: `${step.name} again` }));
  const { results } = await rehearse({
    target,
    scripts: [...steps, ...again, ...rows, look],
    keepGoing: true,
  });
  expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
  expect(results.at(-1)?.output).toBe(`daemon:daemon 640\ndaemon\ndaemon\n${line}\n`);
  expect(fs.readFileSync('/etc/hosts', 'utf8')).not.toContain('bakery');
});

it.runIf(root)('does not change /etc/hosts when no names are set', async () => {
  const { steps, rows, target } = await job('');
  expect(rows.map(({ name }) => name).join()).not.toContain('hosts');
  const { results } = await rehearse({ target, scripts: [...steps, look], keepGoing: true });
  expect(results.at(-1)?.output).toBe('daemon:daemon 640\ndaemon\ndaemon\n');
});

it.runIf(root)('fails a row when an owner has changed or the names are missing', async () => {
  const { steps, rows, target } = await job(HOSTS);
  const spoil = {
    name: 'spoil',
    text: '#!/bin/bash\nset -e\nchown root /opt/site/plain /opt/site/tool/run\ngrep -v bakery /etc/hosts > /opt/h || true\ncat /opt/h > /etc/hosts\n',
  };
  const { results } = await rehearse({ target, scripts: [...steps, spoil, ...rows], keepGoing: true });
  const failed = results.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
  expect(failed).toEqual(['asset-plain', 'asset-tool', 'assets-hosts']);
});
