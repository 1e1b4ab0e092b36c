/** Compares the outline reader of YAML with the library: everything that both must read alike. */
import assert from 'node:assert/strict';
import { type Alias, isAlias, isCollection, isMap, isPair, isScalar, isSeq, parseAllDocuments } from 'yaml';
import { outline } from '../../src/util/yaml-outline.ts';

/** Every node in order, with the properties that bake reads. An alias has the position of the node it stands for. */
function described(root: unknown, target: (alias: Alias) => unknown): unknown[] {
  const list: unknown[] = [];
  const order: unknown[] = [];
  const visit = (node: unknown): void => {
    if (!isPair(node)) order.push(node);
    if (isPair(node)) {
      visit(node.key);
      visit(node.value);
    } else if (isScalar(node)) {
      const { value, source, type, tag, anchor } = node;
      list.push({ value, source, type, tag, anchor, range: node.range?.slice(0, 2) });
    } else if (isCollection(node)) {
      const kind = isMap(node) ? 'map' : isSeq(node) ? 'seq' : 'other';
      const { flow, tag, anchor, items } = node;
      const range = node.range?.slice(0, flow ? 2 : 1);
      list.push({ kind, flow, tag, anchor, count: items.length, range });
      items.forEach(visit);
    } else if (isAlias(node)) {
      const { source, range } = node;
      list.push({ alias: source, range: range?.slice(0, 2), target: order.lastIndexOf(target(node)) });
    } else list.push(node);
  };
  visit(root);
  return list;
}

/**
 * Reads with both, and asserts that the results are equal.
 * @returns false if the outline reader gave up
 * @throws AssertionError
 */
export function sameAsLibrary(text: string): boolean {
  const ours = outline(text);
  if (ours === undefined) return false;
  const documents = parseAllDocuments(text, { schema: 'failsafe', uniqueKeys: true, logLevel: 'silent' });
  assert.deepEqual(
    documents.flatMap((one) => one.errors.map(({ message }) => message)),
    [],
  );
  assert.equal(documents.length, 1);
  const [document] = documents;
  assert.ok(document);
  assert.deepEqual(
    described(ours.root, (alias) => ours.targets.get(alias)),
    described(document.contents, (alias) => alias.resolve(document)),
  );
  return true;
}
