/** Tests that each target has a skeleton with the files that the steps and the hygiene rows work on. */
import fs from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

import { marksPart, readSkeleton } from '../../../src/engines/rehearsal/skeleton.ts';
import { familyOf } from '../../../src/engines/rehearsal/family.ts';
import type { TarEntry } from '../../../src/util/tar.ts';
import { bakeable, findOs } from '../../../src/os/index.ts';
import type { Architecture, Os } from '../../../src/os/os.ts';
import { packagePath } from '../../../src/util/package-path.ts';

const targets = bakeable.map((id) => findOs(id) as Os);

async function skeletonOf(os: Os, arch: Architecture = 'x86_64'): Promise<Map<string, TarEntry>> {
  const entries = await readSkeleton(os.id, os, { os: os.id, arch, parallelcluster: '3.13.0' });
  return new Map(entries.map((entry) => [`/${entry.path}`, entry]));
}

function text(entries: Map<string, TarEntry>, file: string): string {
  return contentOf(entries.get(file));
}

function contentOf(entry: TarEntry | undefined): string {
  return entry?.kind === 'file' ? entry.content.toString('utf8') : '';
}

function escaped(literal: string): string {
  return literal.replaceAll(/[[\]]/g, '\\$&');
}

describe.each(targets)('the skeleton of $id', (os) => {
  it('has the os-release of its package family', async () => {
    expect(familyOf(text(await skeletonOf(os), '/etc/os-release'))).toBe(os.family);
  });

  it('defines every repository of the OS in the file that the OS table names', async () => {
    const entries = await skeletonOf(os);
    const defined = os.repositories
      .filter(({ id }) => id !== 'ubuntu-ports' && !id.includes('*')) // The first is only for arm64; the others are patterns.
      .filter(({ id, file, uris = [escaped(`[${id}]\n`)] }) =>
        uris.some((uri) => new RegExp(uri).test(text(entries, file))),
      );
    expect(defined.map(({ id }) => id)).toEqual(
      os.repositories.map(({ id }) => id).filter((id) => id !== 'ubuntu-ports' && !id.includes('*')),
    );
  });

  it('points every repository to public hosts', async () => {
    const entries = await skeletonOf(os);
    for (const repository of os.repositories) {
      if (repository.id === 'ubuntu-ports') continue;
      expect(text(entries, repository.file)).toMatch(
        /^ *(mirrorlist|metalink|baseurl|deb|URIs)\b.*https?|\$awsproto:/m,
      );
    }
  });

  it('has gpg checks on in every yum repository', async () => {
    for (const [file, entry] of await skeletonOf(os)) {
      if (!file.endsWith('.repo') || entry.kind !== 'file') continue;
      const content = entry.content.toString('utf8');
      const sections = content.match(/^\[/gm)?.length ?? 0;
      expect([file, content.match(/^gpgcheck ?= ?1$/gm)?.length]).toEqual([file, sections]);
      expect([file, content.match(/^gpgkey ?=/gm)?.length]).toEqual([file, sections]);
    }
  });

  it('has the key files that its repositories name', async () => {
    const entries = await skeletonOf(os);
    for (const [file, entry] of entries) {
      if (!file.endsWith('.repo') || entry.kind !== 'file') continue;
      for (const [, key] of entry.content.toString('utf8').matchAll(/^gpgkey ?= ?file:\/\/(\S+)/gm)) {
        expect([...entries.keys()]).toContain(key);
      }
    }
  });

  it('has the folder for trust anchors', async () => {
    expect((await skeletonOf(os)).get(os.trust.anchors)?.kind).toBe('folder');
  });

  it('has the file that marks the ParallelCluster version', async () => {
    expect(text(await skeletonOf(os), '/opt/parallelcluster/.bootstrapped')).toBe(
      'aws-parallelcluster-cookbook-3.13.0',
    );
  });

  it('has the files that hygiene must clean', async () => {
    const entries = await skeletonOf(os);
    for (const file of [
      '/etc/machine-id',
      '/etc/ssh/ssh_host_ed25519_key',
      '/root/.bash_history',
      '/root/.ssh/authorized_keys',
      `/home/${os.user}/.ssh/authorized_keys`,
      '/var/lib/cloud/data/instance-id',
      '/var/log/cloud-init.log',
      '/var/lib/systemd/random-seed',
    ]) {
      expect([file, text(entries, file)]).not.toEqual([file, '']);
    }
    expect(text(entries, '/etc/machine-id')).toMatch(/^[0-9a-f]{32}\n$/);
  });

  it('has the home folder of the login user', async () => {
    expect((await skeletonOf(os)).get(`/home/${os.user}`)).toMatchObject({
      kind: 'folder',
      mode: 0o700,
      uid: 1000,
    });
  });

  it('has an executable clean-up program', async () => {
    expect((await skeletonOf(os)).get('/usr/local/sbin/ami_cleanup.sh')).toMatchObject({ mode: 0o755 });
  });

  it('has a value for every placeholder, on each architecture', async () => {
    for (const arch of os.architectures) {
      for (const [file, entry] of await skeletonOf(os, arch)) {
        expect(file).not.toContain('{{');
        expect(contentOf(entry)).not.toContain('{{');
      }
    }
  });

  it('lists each folder before the files in it', async () => {
    const seen = new Set(['/']);
    for (const file of (await skeletonOf(os)).keys()) {
      expect(seen).toContain(file.slice(0, Math.max(1, file.lastIndexOf('/'))));
      seen.add(file);
    }
  });
});

describe('the skeletons', () => {
  it('exist for exactly the operating systems that can be baked', async () => {
    const parts = await fs.readdir(packagePath('templates', 'skeleton'));
    expect(parts.filter((part) => !part.startsWith('_')).sort()).toEqual([...bakeable].sort());
  });

  it('contain no private key', async () => {
    for (const os of targets) {
      for (const [, entry] of await skeletonOf(os)) {
        expect(contentOf(entry)).not.toContain('PRIVATE KEY');
      }
    }
  });

  it('use the ports host on arm64', async () => {
    const os = findOs('ubuntu2204') as Os;
    expect(text(await skeletonOf(os, 'arm64'), '/etc/apt/sources.list')).toContain('ubuntu-ports');
    expect(text(await skeletonOf(os), '/etc/apt/sources.list')).not.toContain('ubuntu-ports');
  });

  it('can be read with the ParallelCluster files alone', async () => {
    const os = findOs('ubuntu2204') as Os;
    const marks = await readSkeleton(marksPart, os, { os: os.id, arch: 'x86_64', parallelcluster: '3.13.0' });
    const paths = marks.map((entry) => entry.path);
    expect(paths).toContain('opt/parallelcluster/.bootstrapped');
    expect(paths).not.toContain('etc/os-release');
  });
});
