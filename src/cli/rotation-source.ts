/** Determines the source of new ids from the options of `bake rotate`, and rejects options that contradict each other. */
import { FAMILY_EXPECTED, readFamily } from '../os/family.ts';
import { amiId } from '../util/ami-id.ts';
import { rotateUsage as usage, type NewIdSource } from '../jobs/rotation/source.ts';
import type { Invocation } from '../jobs/invocation.ts';
import type { OptionName, Options } from './options.ts';
import { optionTable } from './options.ts';

/** Options with the options that they exclude. */
const exclusions: readonly (readonly [OptionName, readonly OptionName[]])[] = [
  ['map', ['to', 'family', 'fromChannel', 'os', 'arch', 'parallelcluster']],
  ['to', ['fromChannel', 'os', 'arch', 'parallelcluster']],
  ['check', ['pr']],
  ['diff', ['pr', 'validate']],
];

/** Options that need another option. */
const companions: readonly (readonly [OptionName, OptionName])[] = [
  ['to', 'family'],
  ['family', 'to'],
  ['remote', 'pr'],
  ['commitPerCluster', 'pr'],
];

/** @throws BakeError USAGE */
export function sourceOf({ options }: Invocation): NewIdSource {
  for (const [name, others] of exclusions) {
    const other = others.find((one) => isGiven(options, one));
    if (isGiven(options, name) && other) throw usage(`${flag(name)} and ${flag(other)} exclude each other`);
  }
  for (const [name, other] of companions) {
    if (isGiven(options, name) && !isGiven(options, other)) throw usage(`${flag(name)} needs ${flag(other)}`);
  }
  if (options.map.length > 0) return { kind: 'map', words: options.map };
  const { to, family: text } = options;
  if (to === undefined || text === undefined) return { kind: 'channel' };
  if (!amiId.test(to)) throw usage(`--to: expected ami- and 8 or 17 hex digits, found ${to}`);
  const family = readFamily(text);
  if (!family) throw usage(`--family: expected ${FAMILY_EXPECTED}, found ${text}`);
  return { kind: 'to', id: to, family };
}

function isGiven(options: Options, name: OptionName): boolean {
  const value = options[name];
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}

function flag(name: OptionName): string {
  return optionTable[name].flag;
}
