/** Turns the options of a command into the targets that it works on, and rejects options that cannot be right. */
import path from 'node:path';
import { channelPattern } from '../config/leaves.ts';
import { isBareName } from '../config/shipped.ts';
import type { Engines } from '../engines/engine.ts';
import { engines as shippedEngines } from '../engines/index.ts';
import { engineIdsText } from '../engines/registry.ts';
import { BakeError } from '../errors/bake-error.ts';
import type { Selection } from '../pipeline/selection.ts';
import type { Invocation } from './invocation.ts';

export function selectionOf({ options, cwd, rotate }: Invocation): Selection {
  return {
    os: options.os,
    arch: options.arch,
    parallelcluster: options.parallelcluster,
    regions: options.region,
    engine: options.engine,
    recipe: recipeOption(options.recipe, cwd),
    channel: options.channel,
    rebake: options.rebake,
    ...(rotate === undefined ? {} : { rotate }),
  };
}

/** A path is relative to the current folder; a bare name is the name of a shipped recipe. */
function recipeOption(recipe: string | undefined, cwd: string): string | undefined {
  return recipe === undefined || isBareName(recipe) ? recipe : path.resolve(cwd, recipe);
}

/** Requires --os or --all, so that nobody bakes every target by accident. */
export function requireTargets({ options, engines = shippedEngines }: Invocation): void {
  requireEngine(options.engine, engines, 'run');
  checkChannelName('--channel', options.channel, 'run');
  if (options.os.length === 0 && !options.all) throw new BakeError('NOTHING_NAMED', {});
  if (options.os.length > 0 && options.all) {
    throw new BakeError('USAGE', { message: '--os and --all exclude each other', command: 'run' });
  }
}

/** @throws BakeError USAGE if no engine has this name */
export function requireEngine(name: string | undefined, engines: Engines, command: string): void {
  if (name === undefined || Object.hasOwn(engines, name)) return;
  const message = `--engine: expected ${engineIdsText(engines)}, found ${name}`;
  throw new BakeError('USAGE', { message, command });
}

/** @throws BakeError USAGE if an option of one target meets several */
export function requireOneTarget(option: string, jobs: readonly unknown[], command: string): void {
  if (jobs.length === 1) return;
  const message = `${option}: expected one target, found ${jobs.length}`;
  throw new BakeError('USAGE', { message, command });
}

/** @throws BakeError USAGE if the name of a channel is not valid in the name of a parameter */
export function checkChannelName(option: string, name: string | undefined, command: string): void {
  if (name === undefined || channelPattern.test(name)) return;
  const message = `${option}: expected letters, digits, "-", "_" or ".", found ${JSON.stringify(name)}`;
  throw new BakeError('USAGE', { message, command });
}
