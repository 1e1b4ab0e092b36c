/** Owns the rules that concern more than one value, or need an error of their own. They read unchecked values. */
import { BakeError, type Place } from '../errors/bake-error.ts';
import { maskLogin } from '../util/source.ts';
import { valueAt } from './findings.ts';
import { proxyTools } from './mirrors-schema.ts';
import { builtinSteps } from './recipe-schema.ts';
import { type Path, pathText } from './tree.ts';

export type Rules = (value: unknown, place: (path: Path) => Place) => BakeError[];

export function bakeryRules(value: unknown, place: (path: Path) => Place): BakeError[] {
  const errors: BakeError[] = [];
  for (const path of [['mirrors'], ['proxy', 'https'], ['trust', 'handshake']]) {
    for (const [at, url] of textsBelow(valueAt(value, path), path)) {
      if (hasLogin(url))
        errors.push(new BakeError('MIRROR_CREDENTIALS', { url: maskLogin(url) }, { place: place(at) }));
    }
  }
  errors.push(...proxyRules(value, place));
  // EC2 Image Builder: "if you specify subnetId you must specify securityGroupIds" (facts/engines.md).
  const groups = valueAt(value, ['builder', 'securityGroups']);
  if (
    valueAt(value, ['builder', 'subnet']) &&
    (groups === undefined || (Array.isArray(groups) && groups.length === 0))
  ) {
    errors.push(
      wrong(
        ['builder', 'securityGroups'],
        'at least one security group beside builder.subnet',
        'none',
        place,
      ),
    );
  }
  return errors;
}

/** What only a global proxy could serve: a node's first boot undoes that (trap 7, facts/hardening.md T1 and T2). */
const GLOBAL = new Set(['all', '*', 'global', 'yum', 'dnf', 'apt', 'packages', 'system']);

function proxyRules(value: unknown, place: (path: Path) => Place): BakeError[] {
  if (valueAt(value, ['proxy']) === undefined) return [];
  const path = ['proxy', 'for'];
  const wanted = valueAt(value, path);
  const global = [wanted, ...listAt(value, path)].find(
    (item): item is string => typeof item === 'string' && GLOBAL.has(item),
  );
  if (Array.isArray(wanted) && wanted.length > 0 && global === undefined) return [];
  // What is no list at all, the schema complains about.
  if (wanted !== undefined && !Array.isArray(wanted) && global === undefined) return [];
  const context = { found: global ?? 'nothing', known: proxyTools };
  return [new BakeError('PROXY_GLOBAL', context, { place: place(path) })];
}

/** Every text below a value, with its path. */
function textsBelow(value: unknown, path: Path): [Path, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    textsBelow(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

/** What packages steps need to have happened before: each where the recipe has it at all, assets where it is installed. */
function orderRules(steps: readonly unknown[], place: (path: Path) => Place): BakeError[] {
  return steps.flatMap((step, index) => {
    const packages = valueAt(step, ['packages']);
    if (packages === undefined) return [];
    const fromAssets = listAt(packages, ['install']).some(
      (item) => typeof item === 'object' && item !== null,
    );
    const late = ['mirrors', 'trust'].filter((name) => steps.indexOf(name) > index);
    const assets = steps.indexOf('assets');
    if (fromAssets && (assets === -1 || assets > index)) late.push('assets');
    return late.map((name) =>
      wrong(['steps', index, 'packages'], `the step ${name} before it`, foundWord(steps, name), place),
    );
  });
}

function foundWord(steps: readonly unknown[], name: string): string {
  return steps.includes(name) ? 'it after' : 'no such step';
}

export function recipeRules(value: unknown, place: (path: Path) => Place): BakeError[] {
  const steps = listAt(value, ['steps']);
  const builtins = steps.map((step) => (builtinSteps.some((name) => name === step) ? step : undefined));
  return [
    ...repeated(builtins, (index) => ['steps', index], 'each built-in step only once', place),
    ...orderRules(steps, place),
  ];
}

export function assetRules(value: unknown, place: (path: Path) => Place): BakeError[] {
  const assets = listAt(value, ['assets']);
  return ['name', 'path'].flatMap((key) => {
    const values = assets.map((asset) => valueAt(asset, [key]));
    return repeated(values, (index) => ['assets', index, key], `a ${key} that no other asset has`, place);
  });
}

/** `user@` and `user:password@`, in what is not even a URL, too. */
function hasLogin(url: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@|^[^/@]*@|:\/\/\S+@/i.test(url);
}

function repeated(
  values: readonly unknown[],
  path: (index: number) => Path,
  expected: string,
  place: (path: Path) => Place,
): BakeError[] {
  const seen = new Set<unknown>();
  return values.flatMap((value, index) => {
    if (typeof value !== 'string') return [];
    if (seen.has(value)) return [wrong(path(index), expected, `${JSON.stringify(value)} again`, place)];
    seen.add(value);
    return [];
  });
}

function listAt(value: unknown, path: Path): readonly unknown[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list : [];
}

function wrong(path: Path, expected: string, found: string, place: (path: Path) => Place): BakeError {
  return new BakeError('CONFIG_VALUE', { path: pathText(path), expected, found }, { place: place(path) });
}
