/** Owns the rules that concern more than one value, or need an error of their own. They read unchecked values. */
import { BakeError, type Place } from '../errors/bake-error.ts';
import { maskLogin } from '../util/source.ts';
import { valueAt } from './findings.ts';
import { builtinSteps } from './recipe-schema.ts';
import { type Path, pathText } from './tree.ts';

export type Rules = (value: unknown, place: (path: Path) => Place) => BakeError[];

export function bakeryRules(value: unknown, place: (path: Path) => Place): BakeError[] {
  const errors: BakeError[] = [];
  const url = valueAt(value, ['mirrors', 'url']);
  if (typeof url === 'string' && hasLogin(url)) {
    errors.push(
      new BakeError('MIRROR_CREDENTIALS', { url: maskLogin(url) }, { place: place(['mirrors', 'url']) }),
    );
  }
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

export function recipeRules(value: unknown, place: (path: Path) => Place): BakeError[] {
  const steps = listAt(value, ['steps']);
  const builtins = steps.map((step) => (builtinSteps.some((name) => name === step) ? step : undefined));
  return repeated(builtins, (index) => ['steps', index], 'each built-in step only once', place);
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
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i.test(url) || maskLogin(url) !== url;
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
