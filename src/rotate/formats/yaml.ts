/**
 * Owns AMI references in ParallelCluster 3 YAML. The file is read as latin1, so that an offset in the text is an
 * offset in the bytes and a byte that is no UTF-8 survives (facts/rotation-pool.md 1.5, 1.6).
 */
import { isAlias, isCollection, isPair, isScalar, type Scalar } from 'yaml';
import { BakeError } from '../../errors/bake-error.ts';
import { placesInBytes } from '../../util/source.ts';
import { asNode, readYaml, startOf, type YamlFile, type YamlNode } from '../../util/yaml.ts';
import { clusterFacts, usesOf, type Use } from '../cluster.ts';
import { amiId, type Format, type Found, type Reference } from '../format.ts';
import { indirectReason, templateLines } from '../indirect.ts';

const KEY = 'CustomAmi';
const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const LARGEST = 8 * 1024 * 1024;

export const yaml: Format = {
  id: 'yaml',
  // Configs are called cluster.yaml, config, prod.yaml.j2, cluster.yaml-template: all but what surely is something else.
  reads: (file) => !/\.(tf|tfvars|hcl|sh|py|ts|js|ini|rst|md|txt|html|xml|toml)$/i.test(file),
  find,
  content,
};

function find(file: string, bytes: Buffer): Found {
  const found: Found = { file, references: [], indirect: [], cluster: {}, errors: [] };
  const whole = (reason: string) => {
    found.indirect.push({ file, line: 1, column: 1, path: '', found: KEY, reason });
    return found;
  };
  if (isUtf16(bytes)) return whole('the file is UTF-16; save it as UTF-8');
  // Parsing costs a thousand times more than this look.
  if (!bytes.includes(KEY)) return found;
  if (bytes.length > LARGEST) return whole('the file is larger than 8 MiB');

  const { text, base } = decode(bytes);
  const places = placesInBytes(file, bytes.subarray(base));
  const parsed = readYaml(text);
  const [trouble] = parsed.troubles;
  if (trouble) {
    const template = templateLines(text, KEY);
    if (template === undefined) {
      const { message, offset } = trouble;
      found.errors.push(new BakeError('ROTATE_SYNTAX', { message }, { place: places(offset) }));
    }
    for (const { offset, value, reason } of template ?? []) {
      const { line, column } = places(offset);
      found.indirect.push({ file, line, column, path: KEY, found: readable(value), reason });
    }
    return found;
  }
  for (const [index, { contents }] of parsed.documents.entries()) {
    const facts = clusterFacts(contents, parsed);
    if (index === 0) found.cluster = facts;
    const uses = usesOf(contents, parsed);
    const known = new Set<unknown>(uses.map((use) => use.key));
    sort([...uses, ...strayUses(contents, known)], { text, base, parsed, places, found, facts });
  }
  found.references.sort((a, b) => a.start - b.start);
  return found;
}

interface Sorting {
  text: string;
  base: number;
  parsed: YamlFile;
  places: ReturnType<typeof placesInBytes>;
  found: Found;
  facts: Found['cluster'];
}

/** Uses → references (one for each written id, however many aliases stand for it) and what holds no id. */
function sort(uses: readonly Use[], to: Sorting): void {
  const byNode = new Map<YamlNode, Reference>();
  const reported = new Set<YamlNode>();
  for (const use of uses) {
    const node = to.parsed.target(use.value);
    const shared = byNode.get(node);
    if (shared) {
      shared.users += 1;
      continue;
    }
    const id = isScalar(node) && !isTagged(node) ? String(node.value).trimEnd() : '';
    const start = isScalar(node) && amiId.test(id) ? idOffset(node, id, to.text) : undefined;
    if (start !== undefined) {
      const { line, column } = to.places(start);
      const { path, scope } = use;
      const offsets = { start: to.base + start, end: to.base + start + id.length };
      const reference = {
        file: to.found.file,
        line,
        column,
        path,
        scope,
        id,
        ...offsets,
        users: 1,
        ...to.facts,
      };
      byNode.set(node, reference);
      to.found.references.push(reference);
    } else if (!reported.has(node ?? use.key)) {
      reported.add(node ?? use.key);
      report(use, node, to);
    }
  }
}

/** An id that its quotes' escapes or line folds spell out does not stand in the file. */
function idOffset(node: Scalar, id: string, text: string): number | undefined {
  const [from, to] = node.range ?? [0, 0];
  // A block scalar's header line may have a comment, with an id of former days in it.
  const block = node.type === 'BLOCK_FOLDED' || node.type === 'BLOCK_LITERAL';
  const offset = text.indexOf(id, block ? text.indexOf('\n', from) : from);
  return offset >= 0 && offset + id.length <= to ? offset : undefined;
}

function report(use: Use, node: YamlNode, { text, places, found }: Sorting): void {
  const [from, to] = node?.range ?? [0, 0];
  const raw = text.slice(from, to);
  const tag = isScalar(node) || isCollection(node) ? node.tag : undefined;
  const { line, column } = places(raw === '' ? startOf(use.key) : from);
  const value = isScalar(node) ? String(node.value) : undefined;
  const written = readable(tag ? `${tag} ${raw}` : raw);
  const reason = indirectReason({ raw, value, tag });
  found.indirect.push({ file: found.file, line, column, path: use.path, found: written, reason });
}

function isTagged(node: Scalar): boolean {
  return node.tag !== undefined && node.tag !== '!' && node.tag !== 'tag:yaml.org,2002:str';
}

/** Keys of that name where ParallelCluster does not look: another tool's file, or a mistake worth knowing. */
function strayUses(root: YamlNode, known: ReadonlySet<unknown>): Use[] {
  const uses: Use[] = [];
  const visit = (node: unknown, path: string): void => {
    if (!isCollection(node)) return;
    for (const [index, item] of node.items.entries()) {
      if (!isPair(item)) {
        visit(item, `${path}[${index}]`);
        continue;
      }
      const { key, value } = item;
      const name = isScalar(key) ? String(key.value) : '?';
      const below = path === '' ? name : `${path}.${name}`;
      if (isScalar(key) && name === KEY && !known.has(key)) {
        uses.push({ path: below, scope: 'other', value: asNode(value), key });
      } else visit(value, below);
    }
  };
  visit(root, '');
  return uses;
}

/** A byte order mark would stick to the first key. A lone CR ends a line in YAML, but the library does not know it. */
function decode(bytes: Buffer): { text: string; base: number } {
  const base = bytes.subarray(0, 3).equals(UTF8_MARK) ? 3 : 0;
  return { text: bytes.toString('latin1', base).replace(/\r(?!\n)/g, '\n'), base };
}

function isUtf16(bytes: Buffer): boolean {
  const little = Buffer.from(KEY, 'utf16le');
  return bytes.includes(little) || bytes.includes(Buffer.from(KEY, 'utf16le').swap16());
}

/** The first line of it, as text again. */
function readable(latin1: string): string {
  const text = Buffer.from(latin1, 'latin1').toString('utf8').trim();
  const line = text.split(/[\r\n]/)[0] ?? '';
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

function content(bytes: Buffer): string[] {
  const { text } = decode(bytes);
  const { documents, troubles } = readYaml(text);
  const parts = troubles.map(({ message }) => `trouble ${message}`);
  const visit = (node: unknown): void => {
    if (isPair(node)) {
      visit(node.key);
      visit(node.value);
    } else if (isAlias(node)) parts.push(`*${node.source}`);
    else if (isScalar(node)) parts.push(JSON.stringify([node.tag, node.anchor, node.type, node.value]));
    else if (isCollection(node)) {
      parts.push(
        JSON.stringify([node.tag, node.anchor, node.flow, node.constructor.name, node.items.length]),
      );
      node.items.forEach(visit);
    } else parts.push('nothing');
  };
  for (const { contents } of documents) {
    parts.push('document');
    visit(contents);
  }
  return parts;
}
