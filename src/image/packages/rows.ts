/** Owns the rows of a packages step: what was asked for is there, and nothing that ParallelCluster needs has moved. */
import type { RowDraft } from '../script.ts';
import type { Needs } from '../step.ts';
import { done, filesOf, listing, namesOf, type PackagesPlan } from './plan.ts';

interface Told extends Pick<RowDraft, 'title' | 'because' | 'command' | 'expected'> {
  more?: object;
  needs?: Needs;
  after?: string[];
}

export function rowsOfPackages(plan: PackagesPlan): RowDraft[] {
  return [...askedFor(plan), ...installed(plan), ...unmoved(plan)];
}

function rowOf(
  plan: PackagesPlan,
  name: string,
  { more = {}, after = [name], needs = listing(plan), ...told }: Told,
): RowDraft {
  const { id, context } = plan;
  return {
    ...told,
    id: `${id}-${name}`,
    needs: { ...needs, after: after.map((step) => `${id}-${step}`) },
    template: `packages-${name}`,
    context: { ...context, ...done(plan, after[0] ?? name), ...more },
  };
}

function listCommand({ context }: PackagesPlan): string {
  return context.apt ? 'dpkg-query -W' : 'rpm -qa';
}

function askedFor(plan: PackagesPlan): RowDraft[] {
  const { wish } = plan;
  const wanted = [...namesOf(wish), ...filesOf(wish)];
  const because = 'somebody wrote it into the recipe';
  const rows: RowDraft[] = [];
  if (wish.upgrade !== 'none') {
    rows.push(
      rowOf(plan, 'upgrade', {
        title: `the upgrade (${wish.upgrade}) ran to its end`,
        because: 'an image without its updates is an old one with a new name',
        command: `cat ${done(plan, 'upgrade').marker}`,
        expected: 'the mark of this very step',
      }),
    );
  }
  if (wanted.length > 0) {
    rows.push(
      rowOf(plan, 'install', {
        title: 'what was to be installed is installed',
        because,
        command: listCommand(plan),
        expected: wanted.join(' ').slice(0, 200),
        more: { names: namesOf(wish).map((name) => ({ name })) },
      }),
    );
  }
  if (wish.remove.length > 0) {
    rows.push(
      rowOf(plan, 'remove', {
        title: 'what was to be removed is gone',
        because,
        command: listCommand(plan),
        expected: `none of ${wish.remove.join(' ').slice(0, 200)}`,
        more: { names: wish.remove.map((name) => ({ name })) },
      }),
    );
  }
  return rows;
}

function installed({ installers }: PackagesPlan): RowDraft[] {
  return installers.map(({ id, creates }) => ({
    id,
    title: `${creates} is there, and no answer file`,
    because: 'a vendor installer that failed half-way often ends with 0',
    command: `ls -d ${creates}`,
    expected: creates,
    needs: { after: [id] },
    template: 'packages-installer',
    context: { creates },
  }));
}

function unmoved(plan: PackagesPlan): RowDraft[] {
  const { apt, yum } = plan.context;
  const rows = [
    rowOf(plan, 'protected', {
      title: 'kernel, Lustre, EFA, NVIDIA, Slurm and releases are those of the base image',
      because:
        'they are built against each other: a node with another kernel has no file system and no fabric',
      command: `diff <(${listCommand(plan)} | sort) /opt/bakery/packages.before`,
      expected: 'the versions recorded before the first change',
      after: ['before'],
    }),
    rowOf(plan, 'kernel', {
      title: 'the kernel that will boot has the modules the base image had',
      because: 'modules are per kernel: a kernel without them boots a node without Lustre, EFA or GPUs',
      command: 'grep kernel /opt/bakery/packages.before; ls /lib/modules',
      expected: "the base image's lustre, efa, nvidia and gdrdrv modules",
      after: ['before'],
    }),
  ];
  if (plan.wish.holds === 'release') return rows;
  const hold = rowOf(plan, 'hold', {
    title: "what must not move is held, by the package manager's own word",
    because: "a later upgrade on a node would take the kernel from under ParallelCluster's modules",
    command: apt ? 'apt-mark showhold' : `grep exclude /etc/${yum ? 'yum' : 'dnf/dnf'}.conf`,
    expected: 'every installed package that matches a hold',
    needs: { family: apt ? ['apt-mark', 'dpkg-query'] : [yum ? 'yum-config-manager' : 'dnf', 'rpm'] },
  });
  return [...rows, hold];
}
