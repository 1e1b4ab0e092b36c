/** Owns what must be true of the repositories of a baked image: where they point, and that they are still signed. */
import { sha256 } from '../util/sha256.ts';
import type { Os } from '../os/os.ts';
import type { MirrorPlan } from './mirrors.ts';
import type { RowDraft } from './script.ts';

const AFTER = ['mirrors'];
const LEAK =
  'one public repository left over is a connection the firewall drops, and one unreachable repository fails every install';

export function rowsOfMirrors(os: Os, plan: MirrorPlan): RowDraft[] {
  const origins = plan.origins.join(' ');
  const keys = plan.repositories.flatMap(({ key }) => (key ? [key] : []));
  const rows = os.family === 'rhel' ? rhelRows(os, origins) : debianRows(origins);
  return keys.length === 0 ? rows : [...rows, keysRow(keys)];
}

function rhelRows(os: Os, origins: string): RowDraft[] {
  const yum = os.packageTool === 'yum';
  return [
    {
      id: 'mirrors-repos',
      title: 'every URL of every repository file is on the mirror; no mirrorlist, no metalink',
      because: LEAK,
      needs: { programs: ['awk'], after: AFTER },
      template: 'mirrors-repos',
      context: { origins },
    },
    {
      id: 'mirrors-ids',
      title: 'repository ids are the ones of the base image',
      because: "ParallelCluster's recipes switch repositories on by id",
      needs: { programs: ['sed'], after: AFTER },
      template: 'mirrors-ids',
      context: {},
    },
    {
      id: 'mirrors-gpgcheck',
      title: 'packages are still checked against their signature',
      because: 'a mirror is no reason to trust unsigned packages',
      needs: { programs: ['grep', 'sed'], after: AFTER },
      template: 'mirrors-gpgcheck',
      context: {},
    },
    {
      id: 'mirrors-effective',
      title: `${os.packageTool} itself would contact nothing but the mirror`,
      because: LEAK,
      needs: { programs: ['awk'], family: [yum ? 'yum-config-manager' : 'dnf'], after: AFTER },
      template: 'mirrors-effective-rpm',
      context: { origins, yum },
    },
  ];
}

function debianRows(origins: string): RowDraft[] {
  return [
    {
      id: 'mirrors-repos',
      title: 'every source of apt is on the mirror',
      because: LEAK,
      needs: { programs: ['awk'], after: AFTER },
      template: 'mirrors-sources',
      context: { origins },
    },
    {
      id: 'mirrors-gpgcheck',
      title: 'packages are still checked against their signature',
      because: 'a mirror is no reason to trust unsigned packages',
      needs: { programs: ['grep'], after: AFTER },
      template: 'mirrors-signed',
      context: {},
    },
    {
      id: 'mirrors-effective',
      title: 'apt itself would contact nothing but the mirror',
      because: LEAK,
      needs: { programs: ['awk'], family: ['apt-get'], after: AFTER },
      template: 'mirrors-effective-apt',
      context: { origins },
    },
    {
      id: 'mirrors-cloud-init',
      title: 'cloud-init keeps the sources of the image',
      because: 'it writes the public ones again on every new instance otherwise',
      needs: { programs: ['grep', 'sed'], after: ['mirrors-apt-policy'] },
      template: 'mirrors-cloud-init',
      context: {},
    },
    {
      id: 'mirrors-periodic',
      title: 'apt does nothing by itself',
      because: 'unattended upgrades change nodes under running jobs and take the package lock',
      needs: { family: ['apt-config'], after: ['mirrors-apt-policy'] },
      template: 'mirrors-periodic',
      context: {},
    },
  ];
}

function keysRow(keys: { path: string; content: Uint8Array }[]): RowDraft {
  return {
    id: 'mirrors-keys',
    title: "the mirror's own keys are there",
    because: 'without them signed packages are refused',
    needs: { after: ['mirrors-keys'] },
    template: 'files',
    context: {
      files: keys.map(({ path, content }) => ({
        path,
        mode: '644',
        sha256: sha256(content),
      })),
    },
  };
}
