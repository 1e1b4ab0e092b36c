/**
 * Finds AMI references in JSON, with or without comments and trailing commas: cluster configs, CloudFormation
 * templates, CDK's context, JSON of Packer and Terraform. The file is read into the same nodes as YAML.
 */
import { type Node as JsonNode, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { YamlFile } from '../../util/yaml.ts';
import { clusterFacts } from '../../cluster/image-uses.ts';
import { collectUses } from '../collect.ts';
import type { Format, FileFindings, OpeningScope } from '../format.ts';
import { templateLines } from '../indirect.ts';
import { addIndirect, addSyntaxError, decode, finished, openPage, type Page, part } from '../page.ts';
import { type Keys, pathOf } from '../../cluster/place-names.ts';
import { usesIn } from '../uses.ts';

export const jsonc: Format = {
  id: 'jsonc',
  reads: (file) => /\.(json|jsonc|json5)(\.(j2|tmpl|tpl|template|in))?$/i.test(file),
  find,
  content,
};

function find(file: string, bytes: Buffer, openings: OpeningScope = 'all'): FileFindings {
  const page = openPage(file, bytes);
  const read = readJson(page.text);
  if (read.problem) {
    leave(page, read.problem);
    return finished(page);
  }
  if (!read.root) return finished(page);
  const root = nodeOf(read.root, page.text);
  const nodes: YamlFile = { documents: [], problems: [], target: (node) => node };
  const facts = clusterFacts(root, nodes);
  page.found.cluster = facts;
  collectUses(usesIn(root, nodes), { page, file: nodes, facts, marks: '//', openings });
  return finished(page);
}

const DEEPEST = 500;

interface JsonProblem {
  offset: number;
  message: string;
}

function readJson(text: string): { root?: JsonNode | undefined; problem?: JsonProblem | undefined } {
  const errors: ParseError[] = [];
  try {
    const root = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
    const [error] = errors;
    if (!error) return { root, problem: root && duplicate(root) };
    const message = printParseErrorCode(error.error).replace(
      /(?<=[a-z])[A-Z]/g,
      (letter) => ` ${letter.toLowerCase()}`,
    );
    return { problem: { offset: error.offset, message: message.toLowerCase() } };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { problem: { offset: 0, message: 'nested too deeply' } };
  }
}

/** Programs differ in which of two equal keys they use, so such a file is skipped. */
function duplicate(node: JsonNode, depth = 0): JsonProblem | undefined {
  // Later walks must fit the stack as well.
  if (depth > DEEPEST) return { offset: node.offset, message: 'nested too deeply' };
  const seen = new Set<unknown>();
  for (const child of node.children ?? []) {
    const key = node.type === 'object' ? child.children?.[0] : undefined;
    if (key && seen.has(key.value)) {
      return { offset: key.offset, message: `duplicate key ${String(key.value)}` };
    }
    if (key) seen.add(key.value);
    const problem = duplicate(child, depth + 1);
    if (problem) return problem;
  }
  return undefined;
}

/** A template is JSON only after it is filled, so its keys are reported. The ids of JSON5 are listed as strays. */
function leave(page: Page, problem: JsonProblem): void {
  if (/\.json5$/i.test(page.found.file)) return;
  const lines = ['CustomAmi', 'source_ami', 'ImageId'].map((key) => ({
    key,
    set: templateLines(page.text, key),
  }));
  if (lines.every(({ set }) => set === undefined)) addSyntaxError(page, 'JSON', problem);
  for (const { key, set } of lines) {
    for (const { offset, value, reason } of set ?? []) {
      const jsonReason = reason.replace('YAML', 'JSON');
      addIndirect(page, { offset, path: key, written: value.replace(/,\s*$/, ''), reason: jsonReason });
    }
  }
}

/**
 * Makes nodes of the `yaml` library that hold JSON's values as they are written. Strings have their escapes resolved.
 */
function nodeOf(node: JsonNode, text: string): YAMLMap | YAMLSeq | Scalar {
  const range: [number, number, number] = [node.offset, node.offset + node.length, node.offset + node.length];
  if (node.type === 'object') {
    const map = new YAMLMap();
    map.flow = true;
    map.range = range;
    map.items = (node.children ?? []).flatMap(({ children: [key, value] = [] }) => {
      return key && value ? [new Pair(nodeOf(key, text), nodeOf(value, text))] : [];
    });
    return map;
  }
  if (node.type === 'array') {
    const list = new YAMLSeq();
    list.flow = true;
    list.range = range;
    list.items = (node.children ?? []).map((item) => nodeOf(item, text));
    return list;
  }
  const quoted = node.type === 'string';
  const scalar = new Scalar(quoted ? String(node.value) : text.slice(range[0], range[1]));
  scalar.type = quoted ? 'QUOTE_DOUBLE' : 'PLAIN';
  scalar.range = range;
  return scalar;
}

function content(bytes: Buffer): string[] {
  const { text } = decode(bytes);
  const { root, problem } = readJson(text);
  const parts: string[] = problem ? [part('', 'problem', problem.message)] : [];
  const visit = (node: JsonNode, keys: Keys): void => {
    const isOpen = node.type === 'object' || node.type === 'array';
    const own = isOpen ? '' : text.slice(node.offset, node.offset + node.length);
    parts.push(part(pathOf(keys), node.type, own));
    for (const [index, child] of (node.children ?? []).entries()) {
      const [key, value] = node.type === 'object' ? (child.children ?? []) : [];
      if (node.type === 'array') visit(child, [...keys, `[${index}]`]);
      else if (key && value) visit(value, [...keys, String(key.value)]);
    }
  };
  if (root) visit(root, []);
  return parts;
}
