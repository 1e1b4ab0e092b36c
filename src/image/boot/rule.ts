/** The shape that all tables of this folder share: which nodes and which releases a rule holds for. */
import { type NodeKind, nodeKinds } from '../../os/node-kinds.ts';
import type { Os, OsFamily } from '../../os/os.ts';
import { compareReleases } from '../../os/releases.ts';

export interface BootRule {
  /** The kinds of nodes that need it. */
  nodes: readonly NodeKind[];
  /** What breaks on those nodes otherwise. */
  because: string;
  /** Only images of this family. Default: all. */
  family?: OsFamily;
  /** The first ParallelCluster release with this need. Default: all. */
  from?: string;
  /** The first release that no longer has it. Default: none. */
  before?: string;
}

export const EVERY: readonly NodeKind[] = nodeKinds;

/** What the rules are chosen by. */
export interface BootTarget {
  os: Os;
  parallelcluster: string;
  /** The kinds of nodes that start from the image. */
  nodes: readonly NodeKind[];
}

/** The rules that hold for an image: its OS, its release, and the kinds of nodes that it is for. */
export function rulesFor<R extends BootRule>(rules: readonly R[], image: BootTarget): R[] {
  const { os, parallelcluster, nodes } = image;
  return rules.filter(
    (rule) =>
      rule.nodes.some((kind) => nodes.includes(kind)) &&
      (rule.family === undefined || rule.family === os.family) &&
      (rule.from === undefined || compareReleases(parallelcluster, rule.from) >= 0) &&
      (rule.before === undefined || compareReleases(parallelcluster, rule.before) < 0),
  );
}

/** What breaks; for a rule of some kinds of nodes, which ones: `head: it does not export /home`. */
export function consequence({ nodes, because }: BootRule, image: BootTarget): string {
  if (nodes.length === nodeKinds.length) return because;
  return `${nodes.filter((kind) => image.nodes.includes(kind)).join(', ')}: ${because}`;
}
