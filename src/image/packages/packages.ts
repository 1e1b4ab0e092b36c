/** Builds the packages part: installs, removes and upgrades packages, and holds those that must not change. */
import type { Path } from '../../config/path.ts';
import type { ImageInputs, PackagesInputs } from '../inputs.ts';
import type { ImagePart, StepDraft } from '../script.ts';
import type { Needs } from '../step.ts';
import { checkPackages } from './check.ts';
import { argumentsOf } from './installer.ts';
import { filePathsOf, listNeeds, markerOf, packageNamesOf, type PackagesPlan, planPackages } from './plan.ts';
import { rowsOfPackages } from './rows.ts';

/**
 * Order: record the installed packages, upgrade, install, remove, run vendor installers. Permanent holds come last, so
 * that they include the packages that this step installed. Until then, each command passes the holds as arguments.
 * @param id the id of this packages step, a prefix of the ids of its steps and rows
 * @param at its path in the recipe
 * @throws BakeError CONFIG_VALUE, BakeErrors
 */
export function packagesPart(request: PackagesInputs, inputs: ImageInputs, id: string, at: Path): ImagePart {
  checkPackages(request, inputs, at);
  const plan = planPackages(request, inputs, id);
  return { steps: stepsOf(plan), rows: rowsOfPackages(plan) };
}

function stepsOf(plan: PackagesPlan): StepDraft[] {
  const { id, request, context, installers } = plan;
  const family = context.apt ? 'debian' : 'rhel';
  const draft = (name: string, title: string, needs: Needs, more: object = {}): StepDraft => ({
    id: `${id}-${name}`,
    title: `packages: ${title}`,
    needs,
    template: name === 'before' || name === 'hold' ? `packages-${name}` : `packages-${name}-${family}`,
    context: { ...context, ...markerOf(plan, name), ...more },
  });
  const names = packageNamesOf(request);
  const files = filePathsOf(request);
  const changes: Needs = {
    family: context.apt ? ['apt-get', 'dpkg-query'] : [context.tool, 'rpm'],
    root: true,
  };
  const fetches: Needs = { ...changes, network: true };
  return [
    draft('before', 'record the installed packages before the first change', listNeeds(plan)),
    ...(request.upgrade === 'none'
      ? []
      : [
          draft('upgrade', upgradeTitle(plan), fetches, {
            security: request.upgrade === 'security',
          }),
        ]),
    ...(names.length + files.length === 0
      ? []
      : [
          draft(
            'install',
            `install ${[...names, ...files].join(' ')}`.slice(0, 200),
            fetches,
            installContext(request),
          ),
        ]),
    ...(request.remove.length === 0
      ? []
      : [
          draft('remove', `remove ${request.remove.join(' ')}`.slice(0, 200), changes, {
            names: request.remove.map(named),
          }),
        ]),
    ...installers.map((installer): StepDraft => ({
      id: installer.id,
      title: `packages: installer ${installer.installer}`,
      needs: { root: true },
      template: 'packages-installer',
      context: {
        path: installer.path,
        creates: installer.creates,
        hasAnswers: installer.answers !== undefined,
        answers: installer.answers ?? '',
        words: argumentsOf(installer),
      },
    })),
    ...(request.holds === 'keep'
      ? [
          draft('hold', 'permanent holds', {
            family: context.apt ? ['apt-mark', 'dpkg-query'] : ['rpm'],
            root: true,
          }),
        ]
      : []),
  ];
}

function upgradeTitle({ request, context }: PackagesPlan): string {
  const { release, named: isNamed, versioned } = context;
  const title = `upgrade, ${request.upgrade}`;
  if (isNamed) return `${title}, ${versioned ? 'to' : 'within'} release ${release}`;
  return versioned ? `${title}, to no named release` : title;
}

function installContext(request: PackagesInputs): object {
  const files = filePathsOf(request);
  return {
    hasFiles: files.length > 0,
    names: [...packageNamesOf(request), ...files].map(named),
    files: files.map((path) => ({ path })),
  };
}

const named = (name: string) => ({ name });
