/** Questions to a registry of engines. */
import type { EngineRows } from '../aws/actions.ts';
import { sectionValue } from '../config/engine-section.ts';
import type { Bakery } from '../config/schema.ts';
import type { UntaggedLeftovers } from '../reap/leftover.ts';
import type { Engine, Engines, EngineSettings } from './engine.ts';

/** `imagebuilder or packer`: the ids, as messages list them. */
export function engineIdsText(engines: Engines): string {
  return Object.keys(engines).join(' or ');
}

/** @throws Error for an id that is not in the registry: it comes from a checked bakery.yaml or option */
export function engineOf(engines: Engines, id: string): Engine {
  const engine = Object.hasOwn(engines, id) ? engines[id] : undefined;
  if (engine === undefined) throw new Error(`no engine ${id} among ${engineIdsText(engines)}`);
  return engine;
}

/** The engine that targets use if bakery.yaml names none. */
export function defaultEngine(engines: Engines): Engine {
  return engineOf(engines, Object.keys(engines)[0] ?? '');
}

/** Each engine's settings for a target, by engine id. @param region where the target is baked */
export function engineSettingsOf(
  engines: Engines,
  bakery: Bakery,
  region: string,
): Record<string, EngineSettings> {
  return Object.fromEntries(
    Object.values(engines).map((engine) => [
      engine.id,
      engine.settings(sectionValue(bakery, engine), { bakery, region }),
    ]),
  );
}

/** What sections add to every fingerprint, whichever engine bakes. */
export function carriedBy(engines: Engines, bakery: Bakery): Record<string, string> {
  return Object.assign(
    {},
    ...Object.values(engines).map((engine) => engine.carried?.(sectionValue(bakery, engine)) ?? {}),
  ) as Record<string, string>;
}

export function rolesOf(engines: Engines, bakery: Bakery): string[] {
  return Object.values(engines).flatMap((engine) => engine.roles?.(sectionValue(bakery, engine)) ?? []);
}

/** An engine that can boot an image once more, whichever engine made it. */
export function proverOf(engines: Engines): (Engine & Required<Pick<Engine, 'prove'>>) | undefined {
  return Object.values(engines).find(canProve);
}

function canProve(engine: Engine): engine is Engine & Required<Pick<Engine, 'prove'>> {
  return engine.prove !== undefined;
}

/** The engines that can run bakes inside AWS by themselves. */
export function schedulersOf(engines: Engines): Engine[] {
  return Object.values(engines).filter(({ scheduler }) => scheduler !== undefined);
}

export function untaggedOf(engines: Engines): UntaggedLeftovers[] {
  return Object.values(engines).flatMap(({ leftovers }) => leftovers ?? []);
}

/**
 * The engines' rows of the IAM policy of a command.
 * @param used ids of the engines that bake
 */
export function engineRows(engines: Engines, command: string, used: readonly string[]): EngineRows {
  const prover = proverOf(engines);
  const bakers = Object.values(engines).filter(({ id }) => used.includes(id));
  // bake verify boots the image with the same engine for all.
  const acting = command === 'verify' ? (prover ? [prover] : []) : bakers;
  return {
    bake: acting.flatMap(({ actions }) => actions.bake),
    schedule: schedulersOf(engines).flatMap(({ actions }) => actions.schedule ?? []),
  };
}
