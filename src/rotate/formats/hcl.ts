/**
 * Finds AMI references in HCL: configurations and variables of Terraform, templates of Packer. Only a string that is
 * certainly the value of its attribute is a reference. Ids in templates, heredocs and expressions are reported.
 */
import type { Format, FileFindings, Reference } from '../format.ts';
import { hclScope, isImagePlace, whereFrom } from '../hcl-places.ts';
import { indirectReason } from '../indirect.ts';
import { hclRecord } from '../hcl-records.ts';
import { isIndex, type Kept, unclear } from '../records.ts';
import {
  addIndirect,
  addReference,
  addSyntaxError,
  decode,
  finished,
  idsIn,
  idsInUse,
  isId,
  openPage,
  part,
  regionIn,
  type Page,
} from '../page.ts';
import { type Keys, pathOf } from '../../cluster/place-names.ts';
import { type HclDocument, type HclLeaf, joined, readHcl } from '../readers/hcl.ts';
import { readOr } from '../readers/problem.ts';

export const hcl: Format = {
  id: 'hcl',
  reads: (file) => /\.(tf|tfvars|hcl|tofu|nomad)$/i.test(file),
  find,
  content,
};

function find(file: string, bytes: Buffer): FileFindings {
  const page = openPage(file, bytes);
  const read = readOr(() => readHcl(page.text));
  if ('problem' in read) {
    // Text without an id is skipped.
    if (idsIn(page.text).length > 0) addSyntaxError(page, 'HCL', read.problem);
    return finished(page);
  }
  const document = read.value;
  page.found.cluster = { region: providerOf(document.plain) };
  const held = new Set<string>();
  for (const leaf of document.leaves) {
    if (!addLeaf(page, leaf, document)) continue;
    // Also of the attribute whose branch or argument it is.
    for (let end = leaf.keys.length; end > 0; end -= 1) held.add(joined(leaf.keys.slice(0, end)));
  }
  addPlaces(page, document, held);
  return finished(page);
}

/** @returns whether there is an id, replaceable or not */
function addLeaf(page: Page, { keys, token, certain }: HclLeaf, document: HclDocument): boolean {
  const { kind, start, text } = token;
  const kept =
    kind === 'string' && isId(text)
      ? (hclRecord(keys) ?? (certain ? listed(page.text, start, keys) : undefined))
      : undefined;
  if (kept) {
    addIndirect(page, { offset: start, path: pathOf(keys), written: text, ...kept });
    return true;
  }
  if (certain && kind === 'string' && isId(text)) {
    const scope = hclScope(keys, page.found.file);
    const facts = { path: pathOf(keys), scope, ...factsOf(keys, document), ...choicesOf(keys, document) };
    addReference(page, { start, id: text, quote: 'double', marks: '# //', ...facts });
    return true;
  }
  const ids = idsInUse(text);
  const reason = kind === 'heredoc' ? HEREDOC : isId(text) ? EXPRESSION : LONGER;
  for (const { id, offset } of ids) {
    addIndirect(page, { offset: start + offset, path: pathOf(keys), written: id, reason });
  }
  return ids.length > 0;
}

const EXPRESSION = 'the id is part of an expression; literal mode moves it';
const HEREDOC = 'the id is in a heredoc; literal mode moves it';
const LONGER = 'the id is part of a longer text; literal mode moves it';

/** Reports attributes that hold an image and receive it from elsewhere. */
function addPlaces(page: Page, { attributes, plain }: HclDocument, held: ReadonlySet<string>): void {
  for (const { keys, start, end } of attributes) {
    if (!isImagePlace(keys) || held.has(joined(keys))) continue;
    const written = page.text.slice(start, end);
    const value = plain.get(joined(keys));
    if (written === 'null' || value === '') continue;
    const reason = value === undefined ? whereFrom(written) : indirectReason({ raw: written, value });
    addIndirect(page, { offset: start, path: pathOf(keys), written, reason });
  }
}

/** One of a list of ids. The branches of a condition have an index too, and stand behind `?` or `:`. */
function listed(text: string, start: number, keys: Keys): Kept | undefined {
  const isElement = /[[,]\s*"$/.test(text.slice(Math.max(0, start - 200), start));
  const called = /^(coalesce|lookup|try)$/.test(keys.at(-2) ?? '');
  return isElement && !called && isIndex(keys.at(-1)) ? unclear(keys) : undefined;
}

/** A variable's validation can name the only ids that are valid. */
function choicesOf(keys: Keys, { leaves }: HclDocument): Partial<Reference> {
  const [block, name, attribute] = keys;
  if (block !== 'variable' || attribute !== 'default') return {};
  const texts = leaves
    .filter((leaf) => leaf.keys[0] === block && leaf.keys[1] === name && leaf.keys[2] === 'validation')
    .flatMap(({ token }) => idsIn(token.text).map(({ id }) => id));
  return texts.length > 0 ? { choices: texts } : {};
}

/** The facts in the document around an id. */
function factsOf(keys: Keys, document: HclDocument): Partial<Reference> {
  const { plain } = document;
  const region = nearestRegion(keys, plain);
  const config = configOf(keys);
  if (!config) return { region };
  const os = plain.get(joined([...config.root, 'Image', 'Os']));
  const types = typesBelow(document).get(joined(config.node));
  const size = [[], ['ComputeSettings']].map((between) =>
    plain.get(joined([...config.node, ...between, 'LocalStorage', 'RootVolume', 'Size'])),
  );
  return {
    region,
    os: os !== undefined && /^[a-z]+[0-9]+$/.test(os) ? os : undefined,
    instanceTypes: types && [...types],
    rootVolumeGiB: size.flatMap((one) => (one !== undefined && /^[0-9]+$/.test(one) ? [Number(one)] : []))[0],
  };
}

const indexes = new WeakMap<HclDocument, Map<string, Set<string>>>();

/** The instance types by the keys of all blocks around them, computed once. */
function typesBelow(document: HclDocument): Map<string, Set<string>> {
  const known = indexes.get(document);
  if (known) return known;
  const index = new Map<string, Set<string>>();
  for (const [key, value] of document.plain) {
    const keys = key.split('\0');
    if (keys.at(-1) !== 'InstanceType') continue;
    for (let end = 1; end < keys.length; end += 1) {
      const around = joined(keys.slice(0, end));
      index.set(around, (index.get(around) ?? new Set()).add(value));
    }
  }
  indexes.set(document, index);
  return index;
}

/** Finds where the cluster config around a CustomAmi begins, and the head node, queue or pool that contains it. */
function configOf(keys: Keys): { root: Keys; node: Keys } | undefined {
  if (keys.at(-1) !== 'CustomAmi') return undefined;
  const node = keys.slice(0, -2);
  if (node.at(-1) === 'HeadNode') return { root: node.slice(0, -1), node };
  if (/^(SlurmQueues|Pools)$/.test(node.at(-2) ?? '')) return { root: node.slice(0, -3), node };
  return { root: node, node: [] };
}

/** The Region named by a key of a map on the way, or by a `region` beside it, from the inside out. */
function nearestRegion(keys: Keys, plain: ReadonlyMap<string, string>): string | undefined {
  for (let depth = keys.length - 1; depth >= 0; depth -= 1) {
    const beside = ['region', 'Region', 'aws_region'].map((name) =>
      plain.get(joined([...keys.slice(0, depth), name])),
    );
    const region = regionIn(keys[depth], ...beside);
    if (region !== undefined) return region;
  }
  return providerOf(plain);
}

/** The Region of the default provider. Other providers have an index or an alias. */
function providerOf(plain: ReadonlyMap<string, string>): string | undefined {
  if (plain.has(joined(['provider', 'aws', 'alias']))) return undefined;
  return regionIn(plain.get(joined(['provider', 'aws', 'region'])));
}

function content(bytes: Buffer): string[] {
  const { text } = decode(bytes);
  const read = readOr(() => readHcl(text));
  if ('problem' in read) return [part('', 'problem', `${read.problem.message} ${text}`)];
  const paths = new Map(read.value.leaves.map(({ keys, token }) => [token.start, pathOf(keys)]));
  return read.value.tokens
    .filter(({ kind }) => kind !== 'line')
    .map(({ kind, start, text: value }) => part(paths.get(start) ?? '', kind, value));
}
