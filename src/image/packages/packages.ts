/** Owns the packages part: what is installed, removed and upgraded, and what must not move. */
import type { Path } from '../../config/path.ts';
import type { ImageInputs, PackagesInputs } from '../inputs.ts';
import type { Part, StepDraft } from '../script.ts';
import type { Needs } from '../step.ts';
import { checkPackages } from './check.ts';
import { argumentsOf } from './installer.ts';
import { done, filesOf, listing, namesOf, type PackagesPlan, planPackages } from './plan.ts';
import { rowsOfPackages } from './rows.ts';

/**
 * Order: what is there is recorded, then upgrade, install, remove, vendors' installers; holds that stay come last, so
 * that they hold what this very step brought. Meanwhile each call carries them itself.
 * @param id of this packages step among others; the ids of its steps and rows begin with it
 * @param at where it stands in the recipe
 * @throws BakeError CONFIG_VALUE, BakeErrors
 */
export function packagesPart(wish: PackagesInputs, inputs: ImageInputs, id: string, at: Path): Part {
  checkPackages(wish, inputs, at);
  const plan = planPackages(wish, inputs, id);
  return { steps: stepsOf(plan), rows: rowsOfPackages(plan) };
}

function stepsOf(plan: PackagesPlan): StepDraft[] {
  const { id, wish, context, installers } = plan;
  const family = context.apt ? 'debian' : 'rhel';
  const draft = (name: string, title: string, needs: Needs, more: object = {}): StepDraft => ({
    id: `${id}-${name}`,
    title: `packages: ${title}`,
    needs,
    template: name === 'before' || name === 'hold' ? `packages-${name}` : `packages-${name}-${family}`,
    context: { ...context, ...done(plan, name), ...more },
  });
  const names = namesOf(wish);
  const files = filesOf(wish);
  const changes: Needs = {
    family: context.apt ? ['apt-get', 'dpkg-query'] : [context.tool, 'rpm'],
    root: true,
  };
  const fetches: Needs = { ...changes, network: true };
  return [
    draft('before', 'what is there before the first change', listing(plan)),
    ...(wish.upgrade === 'none'
      ? []
      : [draft('upgrade', `upgrade, ${wish.upgrade}`, fetches, { security: wish.upgrade === 'security' })]),
    ...(names.length + files.length === 0
      ? []
      : [
          draft(
            'install',
            `install ${[...names, ...files].join(' ')}`.slice(0, 200),
            fetches,
            installContext(wish),
          ),
        ]),
    ...(wish.remove.length === 0
      ? []
      : [
          draft('remove', `remove ${wish.remove.join(' ')}`.slice(0, 200), changes, {
            names: wish.remove.map(named),
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
    ...(wish.holds === 'keep'
      ? [
          draft('hold', 'holds that stay', {
            family: context.apt ? ['apt-mark', 'dpkg-query'] : ['rpm'],
            root: true,
          }),
        ]
      : []),
  ];
}

function installContext(wish: PackagesInputs): object {
  const files = filesOf(wish);
  return {
    hasFiles: files.length > 0,
    names: [...namesOf(wish), ...files].map(named),
    files: files.map((path) => ({ path })),
  };
}

const named = (name: string) => ({ name });
