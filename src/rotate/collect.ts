/**
 * Turns the uses in a structured document into findings: one reference for each written id, however many aliases refer
 * to it, and an entry for each place without an id.
 */
import { isCollection, isScalar, type Scalar } from 'yaml';
import { startOf, type YamlFile, type YamlNode } from '../util/yaml.ts';
import type { Use } from '../cluster/image-uses.ts';
import type { ClusterFacts } from '../cluster/facts.ts';
import type { Quote, Reference, OpeningScope } from './format.ts';
import { indirectReason } from './indirect.ts';
import { openingsFor } from './openings.ts';
import { addIndirect, addReference, idsInUse, isId, type Marks, type Page } from './page.ts';

export interface Collecting {
  page: Page;
  /** Only `target` is called. */
  file: YamlFile;
  /** The facts of the document, for uses without facts of their own. */
  facts: ClusterFacts;
  marks: Marks;
  openings: OpeningScope;
}

/** Adds the uses to the page's findings. Two uses of one node become one reference with two users. */
export function collectUses(uses: readonly Use[], to: Collecting): void {
  const byNode = new Map<YamlNode, Reference>();
  const reported = new Set<YamlNode>();
  for (const use of uses) {
    const node = to.file.target(use.value);
    const shared = byNode.get(node);
    if (shared) {
      share(shared, use);
      continue;
    }
    const id = isScalar(node) && !isTagged(node) ? String(node.value).trimEnd() : '';
    const start =
      use.reason === undefined && isScalar(node) && isId(id) ? idOffset(node, id, to.page.text) : undefined;
    if (start !== undefined) {
      const { path, scope, parallelcluster, rootVolumeGiB, instanceTypes, choices } = use;
      const { region = to.facts.region, os = to.facts.os } = use;
      const facts = { path, scope, region, os, parallelcluster, rootVolumeGiB, instanceTypes, choices };
      const quote = quoteOf(node as Scalar);
      const reference = addReference(to.page, { start, id, quote, marks: to.marks, ...facts });
      byNode.set(node, reference);
      to.page.found.openings.push(...openingsFor(use, reference, { page: to.page, scope: to.openings }));
    } else if (!reported.has(node ?? use.key)) {
      reported.add(node ?? use.key);
      report(use, node, to.page);
    }
  }
}

/** A restriction of one user of an id applies to all of them. */
function share(reference: Reference, { rootVolumeGiB, instanceTypes }: Use): void {
  reference.users += 1;
  if (rootVolumeGiB !== undefined) {
    reference.rootVolumeGiB = Math.min(rootVolumeGiB, reference.rootVolumeGiB ?? rootVolumeGiB);
  }
  if (instanceTypes !== undefined) {
    reference.instanceTypes = [...new Set([...(reference.instanceTypes ?? []), ...instanceTypes])];
  }
}

/** Returns the offset of the id. An id that is spelled with escapes or over several lines is not in the text. */
function idOffset(node: Scalar, id: string, text: string): number | undefined {
  const [from, to] = node.range ?? [0, 0];
  // The header line of a block scalar can have a comment that contains an old id.
  const offset = text.indexOf(id, quoteOf(node) === 'block' ? text.indexOf('\n', from) : from);
  return offset >= 0 && offset + id.length <= to ? offset : undefined;
}

function quoteOf({ type }: Scalar): Quote {
  if (type === 'QUOTE_DOUBLE') return 'double';
  if (type === 'QUOTE_SINGLE') return 'single';
  return type === 'BLOCK_FOLDED' || type === 'BLOCK_LITERAL' ? 'block' : 'plain';
}

function report(use: Use, node: YamlNode, page: Page): void {
  const [from, to] = node?.range ?? [0, 0];
  const raw = page.text.slice(from, to);
  const tag = isScalar(node) || isCollection(node) ? node.tag : undefined;
  const value = isScalar(node) ? String(node.value) : undefined;
  const inner = use.scope === 'text' ? idsInUse(raw) : [];
  if (inner.length > 0 && use.reason !== undefined) {
    const { reason, path } = use;
    // Each id is reported, because some can be settled and others not.
    for (const { id, offset } of inner)
      addIndirect(page, { offset: from + offset, path, written: id, reason });
    return;
  }
  const id = isScalar(node) ? String(node.value).trimEnd() : '';
  if (use.reason !== undefined && isScalar(node) && isId(id)) {
    const { path, reason, record } = use;
    addIndirect(page, { offset: idOffset(node, id, page.text) ?? from, path, written: id, reason, record });
    return;
  }
  const offset = raw === '' ? startOf(use.key) : from;
  const reason = use.reason ?? indirectReason({ raw, value, tag });
  const line = isCollection(node) ? raw.replace(/\s+/g, ' ') : raw;
  addIndirect(page, { offset, path: use.path, written: tag ? `${tag} ${line}` : line, reason });
}

function isTagged(node: Scalar): boolean {
  return node.tag !== undefined && node.tag !== '!' && node.tag !== 'tag:yaml.org,2002:str';
}
