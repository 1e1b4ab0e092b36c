/** The rules that concern more than one value, or that need an error of their own. They read values before the schema checks them. */
import { BakeError, type FilePlace } from '../errors/bake-error.ts';
import type { ConfiguredEngines } from './engine-section.ts';
import { expressionOf, isZone, scheduleFault, ZONE_EXPECTED, zonePattern } from './cron.ts';
import { maskLogin } from '../util/source.ts';
import { sourceKeys } from './assets-schema.ts';
import { valueAt } from './findings.ts';
import { proxyTools } from './mirrors-schema.ts';
import { builtinSteps } from './recipe-schema.ts';
import { type Path, pathText } from './path.ts';

export type ConfigRules = (value: unknown, place: (path: Path) => FilePlace) => BakeError[];

/** The rules of bakery.yaml, with those of the engines' sections. */
export function bakeryRules(engines: ConfiguredEngines): ConfigRules {
  return (value, place) => [
    ...commonRules(value, place),
    ...Object.values(engines).flatMap(({ section }) => section?.rules?.(value, place) ?? []),
  ];
}

function commonRules(value: unknown, place: (path: Path) => FilePlace): BakeError[] {
  const errors: BakeError[] = [];
  for (const path of [['mirrors'], ['proxy', 'https'], ['trust', 'handshake']]) {
    for (const [at, url] of textsBelow(valueAt(value, path), path)) {
      if (hasLogin(url))
        errors.push(
          new BakeError(
            'MIRROR_CREDENTIALS',
            { path: pathText(at), url: maskLogin(url) },
            { place: place(at) },
          ),
        );
    }
  }
  errors.push(...proxyRules(value, place));
  errors.push(...['git', 'containers'].flatMap((key) => sameHosts(value, ['mirrors', key], place)));
  errors.push(...scheduleRules(value, place));
  // Image Builder API reference, CreateInfrastructureConfiguration: a subnetId requires securityGroupIds.
  const groups = valueAt(value, ['builder', 'securityGroups']);
  if (
    valueAt(value, ['builder', 'subnet']) &&
    (groups === undefined || (Array.isArray(groups) && groups.length === 0))
  ) {
    errors.push(
      wrongValue(
        ['builder', 'securityGroups'],
        'at least one security group, because builder.subnet is set',
        'none',
        place,
      ),
    );
  }
  return errors;
}

/** Mistakes that would be reported only when the first pipeline is created. */
function scheduleRules(value: unknown, place: (path: Path) => FilePlace): BakeError[] {
  const errors: BakeError[] = [];
  const cron = valueAt(value, ['schedule', 'cron']);
  const timezone = valueAt(value, ['schedule', 'timezone']);
  const fault = typeof cron === 'string' ? scheduleFault(expressionOf(cron)) : undefined;
  if (fault !== undefined) errors.push(wrongValue(['schedule', 'cron'], fault, String(cron), place));
  // If the text does not match zonePattern, the schema reports the error.
  if (typeof timezone === 'string' && zonePattern.test(timezone) && !isZone(timezone)) {
    errors.push(wrongValue(['schedule', 'timezone'], ZONE_EXPECTED, timezone, place));
  }
  return errors;
}

/** Host names are case-insensitive (RFC 4343), so one of two equal hosts would silently win. */
function sameHosts(value: unknown, path: Path, place: (path: Path) => FilePlace): BakeError[] {
  const map = valueAt(value, path);
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return [];
  const seen = new Map<string, string>();
  return Object.keys(map).flatMap((host) => {
    const first = seen.get(host.toLowerCase());
    if (first !== undefined)
      return [wrongValue([...path, host], 'each host once', `${first} and ${host}`, place)];
    seen.set(host.toLowerCase(), host);
    return [];
  });
}

/** Names that mean a global proxy, which the first boot of a node replaces (aws-parallelcluster:cli/src/pcluster/resources/head_node/user_data.sh). */
const GLOBAL = new Set(['all', '*', 'global', 'yum', 'dnf', 'apt', 'packages', 'system']);

function proxyRules(value: unknown, place: (path: Path) => FilePlace): BakeError[] {
  if (valueAt(value, ['proxy']) === undefined) return [];
  const path = ['proxy', 'for'];
  const wanted = valueAt(value, path);
  const global = [wanted, ...listAt(value, path)].find(
    (item): item is string => typeof item === 'string' && GLOBAL.has(item),
  );
  if (Array.isArray(wanted) && wanted.length > 0 && global === undefined) return [];
  // If the value is not a list, the schema reports the error.
  if (wanted !== undefined && !Array.isArray(wanted) && global === undefined) return [];
  const context = { found: global ?? 'nothing', known: proxyTools };
  return [new BakeError('PROXY_GLOBAL', context, { place: place(path) })];
}

/** Every text inside a value, with its path. */
function textsBelow(value: unknown, path: Path): [Path, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    textsBelow(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

/** Checks the order of steps: mirrors and trust come before packages, and so does assets if an asset is installed. */
function orderRules(steps: readonly unknown[], place: (path: Path) => FilePlace): BakeError[] {
  return steps.flatMap((step, index) => {
    const packages = valueAt(step, ['packages']);
    if (packages === undefined) return [];
    const fromAssets = listAt(packages, ['install']).some(
      (item) => typeof item === 'object' && item !== null,
    );
    const late = ['mirrors', 'trust'].filter((name) => steps.indexOf(name) > index);
    const assets = steps.indexOf('assets');
    if (fromAssets && (assets === -1 || assets > index)) late.push('assets');
    return late.map((name) => {
      const found = steps.includes(name) ? 'it after' : 'no such step';
      return wrongValue(['steps', index, 'packages'], `the step ${name} before it`, found, place);
    });
  });
}

export function recipeRules(value: unknown, place: (path: Path) => FilePlace): BakeError[] {
  const steps = listAt(value, ['steps']);
  const builtins = steps.map((step) => (builtinSteps.some((name) => name === step) ? step : undefined));
  return [
    ...repeated(builtins, (index) => ['steps', index], 'each built-in step only once', place),
    ...orderRules(steps, place),
    ...steps.flatMap((step, index) =>
      repeated(
        listAt(step, ['firstBoot']),
        (at) => ['steps', index, 'firstBoot', at],
        'each built-in step only once',
        place,
      ),
    ),
  ];
}

export function assetRules(value: unknown, place: (path: Path) => FilePlace): BakeError[] {
  const assets = listAt(value, ['assets']);
  const twice = ['name', 'path'].flatMap((key) => {
    const values = assets.map((asset) => valueAt(asset, [key]));
    return repeated(values, (index) => ['assets', index, key], `a ${key} that no other asset uses`, place);
  });
  return [...twice, ...assets.flatMap((asset, index) => sourceRules(asset, ['assets', index], place))];
}

/** Checks that an asset has exactly one source, and the keys that this kind of source needs. */
function sourceRules(asset: unknown, path: Path, place: (path: Path) => FilePlace): BakeError[] {
  if (typeof asset !== 'object' || asset === null || Array.isArray(asset)) return [];
  const has = (key: string): boolean => valueAt(asset, [key]) !== undefined;
  const sources = sourceKeys.filter(has);
  if (sources.length !== 1) {
    const found = sources.length === 0 ? 'none' : sources.join(' and ');
    return [wrongValue(path, `one of ${sourceKeys.join(', ')}`, found, place)];
  }
  const lacking = (key: string, because: string) =>
    has(key) ? [] : [wrongValue(path, `${key} ${because}`, 'no such key', place)];
  return [
    ...(has('file')
      ? [...lacking('sha256', 'together with file'), ...lacking('path', 'together with file')]
      : []),
    ...(has('unpack') ? lacking('path', 'together with unpack, for the content of the archive') : []),
    ...(has('git') && (has('unpack') || has('path'))
      ? [
          wrongValue(
            path,
            'neither path nor unpack together with git, which nodes clone by its address',
            'at least one',
            place,
          ),
        ]
      : []),
  ];
}

/** Finds `user@` and `user:password@`, also in a text that is not a URL. */
function hasLogin(url: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@|^[^/@]*@|:\/\/\S+@/i.test(url);
}

function repeated(
  values: readonly unknown[],
  path: (index: number) => Path,
  expected: string,
  place: (path: Path) => FilePlace,
): BakeError[] {
  const seen = new Set<unknown>();
  return values.flatMap((value, index) => {
    if (typeof value !== 'string') return [];
    if (seen.has(value)) return [wrongValue(path(index), expected, `${JSON.stringify(value)} again`, place)];
    seen.add(value);
    return [];
  });
}

/** The list at a path of an unchecked value; empty if there is none. */
export function listAt(value: unknown, path: Path): readonly unknown[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list : [];
}

export function wrongValue(
  path: Path,
  expected: string,
  found: string,
  place: (path: Path) => FilePlace,
): BakeError {
  return new BakeError('CONFIG_VALUE', { path: pathText(path), expected, found }, { place: place(path) });
}
