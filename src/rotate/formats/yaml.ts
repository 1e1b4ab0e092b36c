/**
 * Finds AMI references in YAML: cluster configs, CloudFormation templates, build-image configs and others. The file is
 * read as latin1, so that offsets in the text are offsets in the bytes, and bytes that are not UTF-8 survive.
 */
import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { readYaml, type YamlFile } from '../../util/yaml.ts';
import { clusterFacts } from '../../cluster/image-uses.ts';
import { collectUses } from '../collect.ts';
import type { Format, FileFindings, OpeningScope } from '../format.ts';
import { templateLines } from '../indirect.ts';
import { addIndirect, addSyntaxError, decode, finished, idsIn, openPage, type Page, part } from '../page.ts';
import { usesIn } from '../uses.ts';
import { changesOnlyIds } from '../yaml-ids.ts';

export const yaml: Format = {
  id: 'yaml',
  // Configs have names such as cluster.yaml, config, prod.yaml.j2 and cluster.yaml-template, so this format reads every
  // file that is not certainly something else.
  reads: (file) => !/\.(tf|tfvars|hcl|sh|py|ts|js|ini|rst|md|txt|html|xml|toml)$/i.test(file),
  find,
  content,
  changes,
  changesOnlyIds(after, edits) {
    const { text, base } = decode(after);
    return changesOnlyIds(text, base, edits);
  },
};

function find(file: string, bytes: Buffer, openings: OpeningScope = 'all'): FileFindings {
  const page = openPage(file, bytes);
  const nodes = readYaml(page.text);
  const [problem] = nodes.problems;
  if (problem) {
    leave(page, file, problem);
    return finished(page);
  }
  for (const [index, { contents }] of nodes.documents.entries()) {
    const facts = clusterFacts(contents, nodes);
    if (index === 0) page.found.cluster = facts;
    collectUses(usesIn(contents, nodes), { page, file: nodes, facts, marks: '#', openings });
  }
  return finished(page);
}

const CALLED_YAML = /\.ya?ml(?:[.-][\w.-]+)?$/i;
/** Names of cluster configs without `yaml`: no ending, or one that says nothing of a language. */
const CALLED_CONFIG =
  /(?:^|\/)[^./]+$|\.(?:conf|config|cfg|template|tmpl|tpl|j2|jinja2?|in|dist|sample|example|bak|orig)$/i;
const NO_YAML = 'the file is not YAML and no other kind that bake reads; literal mode moves the id';
const FILLED = 'the file is a template, and YAML only after it is filled; literal mode moves the id';

/** Leaves an unreadable file unchanged: broken YAML is an error; a template or another kind of file is reported. */
function leave(page: Page, file: string, problem: { offset: number; message: string }): void {
  const { text } = page;
  const lines = templateLines(text, 'CustomAmi');
  const isConfig = CALLED_CONFIG.test(file) && /\bCustomAmi["']?[ \t]*:/.test(text);
  if (lines === undefined && (CALLED_YAML.test(file) || isConfig)) {
    addSyntaxError(page, 'YAML', problem);
    return;
  }
  for (const { offset, value, reason } of lines ?? []) {
    addIndirect(page, { offset, path: 'CustomAmi', written: value, reason });
  }
  const ids = idsIn(text).filter(({ offset }) => {
    const before = text.slice(text.lastIndexOf('\n', offset) + 1, offset);
    return !/^[ \t]*#/.test(before) && !/\bCustomAmi["']?[ \t]*:/.test(before);
  });
  // For a log or a list that nothing reads, one entry is enough.
  for (const { offset, id } of lines ? ids : ids.slice(0, 1)) {
    addIndirect(page, { offset, path: '', written: id, reason: lines ? FILLED : NO_YAML });
  }
}

/** Lists keys, values, collections and aliases in the order of the text, each with its path in its document. */
function content(bytes: Buffer): string[] {
  const { documents, problems } = readYaml(decode(bytes).text);
  const parts = problems.map(({ message }) => part('', 'problem', message));
  for (const { contents } of documents) {
    parts.push(part('', 'document', ''));
    addParts(contents, '', parts);
  }
  return parts;
}

function addParts(node: unknown, path: string, parts: string[]): void {
  if (isScalar(node)) parts.push(part(path, kindOf(node, node.type ?? ''), String(node.value)));
  else if (isCollection(node)) {
    const kind = isMap(node) ? 'map' : 'seq';
    parts.push(part(path, kindOf(node, node.flow ? `flow ${kind}` : kind), ''));
    for (const [index, item] of node.items.entries()) {
      if (isPair(item)) addPairParts(item, path, parts);
      else addParts(item, `${path}[${index}]`, parts);
    }
  } else parts.push(part(path, isAlias(node) ? 'alias' : 'nothing', isAlias(node) ? node.source : ''));
}

function addPairParts({ key, value }: { key: unknown; value: unknown }, path: string, parts: string[]): void {
  const below = pathBelow(path, key);
  if (isScalar(key)) parts.push(part(below, kindOf(key, `key ${key.type ?? ''}`), String(key.value)));
  else addParts(key, below, parts);
  addParts(value, below, parts);
}

function pathBelow(path: string, key: unknown): string {
  const name = isScalar(key) ? String(key.value) : '?';
  return path === '' ? name : `${path}.${name}`;
}

/** Compares both files and lists only what differs: text for equal nodes would take longer than reading them. */
function changes(before: Buffer, after: Buffer): Parts {
  const [old, now] = [before, after].map((bytes) => readYaml(decode(bytes).text)) as [YamlFile, YamlFile];
  const isWhole = old.problems.length + now.problems.length === 0;
  if (!isWhole || old.documents.length !== now.documents.length) return [content(before), content(after)];
  const parts: Parts = [[], []];
  for (const [index, { contents }] of old.documents.entries()) {
    compare(contents, now.documents[index]?.contents, [], parts);
  }
  return parts;
}

type Parts = [string[], string[]];
/** The keys and indexes that lead to a node, from the outside in. */
type Way = unknown[];

/** Adds the parts of two nodes that differ. No text is made for the thousands that are equal. */
function compare(one: unknown, other: unknown, way: Way, parts: Parts): void {
  if (isScalar(one) && isScalar(other)) {
    if (one.value === other.value && one.type === other.type && isLike(one, other)) return;
  } else if (isCollection(one) && isCollection(other) && isLike(one, other) && haveSameKeys(one, other)) {
    const depth = way.length;
    const { items } = one;
    for (let index = 0; index < items.length; index++) {
      const [item, match] = [items[index], other.items[index]];
      if (isPair(item) && isPair(match)) {
        way[depth] = item.key;
        compare(item.value, match.value, way, parts);
      } else {
        way[depth] = index;
        compare(item, match, way, parts);
      }
    }
    way.length = depth;
    return;
  }
  const path = way.reduce<string>(
    (above, step) => (typeof step === 'number' ? `${above}[${step}]` : pathBelow(above, step)),
    '',
  );
  addParts(one, path, parts[0]);
  addParts(other, path, parts[1]);
}

type Noted = Pick<Scalar | YAMLMap | YAMLSeq, 'tag' | 'anchor'>;

function isLike(one: Noted, other: Noted): boolean {
  return one.tag === other.tag && one.anchor === other.anchor;
}

function haveSameKeys(one: YAMLMap | YAMLSeq, other: YAMLMap | YAMLSeq): boolean {
  if (isMap(one) !== isMap(other) || one.flow !== other.flow || one.items.length !== other.items.length) {
    return false;
  }
  for (let index = 0; index < one.items.length; index++) {
    const [item, match] = [one.items[index], other.items[index]];
    if (!isPair(item) || !isPair(match)) {
      if (isPair(item) !== isPair(match)) return false;
      continue;
    }
    const [key, own] = [item.key, match.key];
    if (!isScalar(key) || !isScalar(own)) return false;
    if (key.value !== own.value || key.type !== own.type || !isLike(key, own)) return false;
  }
  return true;
}

/** Prefixes the kind with the tag and the anchor, which can be lost without changing the value. */
function kindOf({ tag, anchor }: Scalar | YAMLMap | YAMLSeq, kind: string): string {
  if (tag === undefined && anchor === undefined) return kind;
  return [tag ?? '', anchor === undefined ? '' : `&${anchor}`, kind].join(' ');
}
