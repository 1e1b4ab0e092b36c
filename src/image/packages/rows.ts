/** Builds the rows of a packages step: the request was carried out, and protected packages did not change. */
import type { RowDraft } from '../script.ts';
import type { Needs } from '../step.ts';
import { filePathsOf, keptBy, listNeeds, markerOf, packageNamesOf, type PackagesPlan } from './plan.ts';

interface RowTexts extends Pick<RowDraft, 'title' | 'because' | 'command' | 'expected'> {
  more?: object;
  needs?: Needs;
  after?: string[];
}

export function rowsOfPackages(plan: PackagesPlan): RowDraft[] {
  return [...requestRows(plan), ...installerRows(plan), ...protectedRows(plan)];
}

function rowOf(
  plan: PackagesPlan,
  name: string,
  { more = {}, after = [name], needs = listNeeds(plan), ...texts }: RowTexts,
): RowDraft {
  const { id, context } = plan;
  return {
    ...texts,
    id: `${id}-${name}`,
    needs: { ...needs, after: after.map((step) => `${id}-${step}`) },
    template: `packages-${name}`,
    context: { ...context, ...markerOf(plan, after[0] ?? name), ...more },
  };
}

function listCommand({ context }: PackagesPlan): string {
  return context.apt ? 'dpkg-query -W' : 'rpm -qa';
}

function requestRows(plan: PackagesPlan): RowDraft[] {
  const { request } = plan;
  const wanted = [...packageNamesOf(request), ...filePathsOf(request)];
  const because = 'the recipe asks for it';
  const rows: RowDraft[] = [];
  if (request.upgrade !== 'none') {
    rows.push(
      rowOf(plan, 'upgrade', {
        title: `the upgrade (${request.upgrade}) finished`,
        because: 'without its updates, the new image has the vulnerabilities of the old one',
        command: `cat ${markerOf(plan, 'upgrade').marker}*`,
        expected: 'the marker of this step; its repositories offered no other upgrade and no newer release',
      }),
    );
  }
  if (wanted.length > 0) {
    rows.push(
      rowOf(plan, 'install', {
        title: 'the packages of `install` are installed',
        because,
        command: listCommand(plan),
        expected: wanted.join(' ').slice(0, 200),
        more: {
          names: packageNamesOf(request).map((name) => ({ name })),
          pointed: plan.context.pointed && request.upgrade === 'none',
        },
      }),
    );
  }
  if (request.remove.length > 0) {
    rows.push(
      rowOf(plan, 'remove', {
        title: 'the packages of `remove` are not installed',
        because,
        command: listCommand(plan),
        expected: `none of ${request.remove.join(' ').slice(0, 200)}`,
        more: { names: request.remove.map((name) => ({ name })) },
      }),
    );
  }
  return rows;
}

function installerRows({ installers }: PackagesPlan): RowDraft[] {
  return installers.map(({ id, creates }) => ({
    id,
    title: `${creates} exists, and no answer file is left`,
    because: 'a vendor installer that fails halfway often exits with 0',
    command: `ls -d ${creates}`,
    expected: creates,
    needs: { after: [id] },
    template: 'packages-installer',
    context: { creates },
  }));
}

function protectedRows(plan: PackagesPlan): RowDraft[] {
  const { apt, yum } = plan.context;
  const rows = [
    rowOf(plan, 'protected', {
      title: 'kernel, Lustre, EFA, NVIDIA, Slurm and release packages have the versions of the base image',
      because:
        'they are built against each other: a node with another kernel has no Lustre file system and no EFA',
      command: `diff <(${listCommand(plan)} | sort) /opt/bakery/packages.before`,
      expected: 'the versions recorded before the first change',
      after: ['before'],
      more: keptBy(plan),
    }),
    rowOf(plan, 'kernel', {
      title: 'the kernel that will boot has the modules that the base image had',
      because: 'modules belong to one kernel: another kernel boots a node without Lustre, EFA or GPUs',
      command: 'grep kernel /opt/bakery/packages.before; ls /lib/modules',
      expected: "the base image's lustre, efa, nvidia and gdrdrv modules",
      after: ['before'],
    }),
  ];
  if (plan.request.holds === 'release') return rows;
  const hold = rowOf(plan, 'hold', {
    title: 'the package manager holds every protected package',
    because: "a later upgrade on a node would replace the kernel that ParallelCluster's modules need",
    command: apt ? 'apt-mark showhold' : `grep exclude /etc/${yum ? 'yum' : 'dnf/dnf'}.conf`,
    expected: 'every installed package that matches a hold',
    needs: { family: apt ? ['apt-mark', 'dpkg-query'] : [yum ? 'yum-config-manager' : 'dnf', 'rpm'] },
  });
  return [...rows, hold];
}
