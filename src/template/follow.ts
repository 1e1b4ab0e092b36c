/** Owns which places of a config follow the channel inside a template, which stay as they are, and why. Pure. */
import { isScalar } from 'yaml';
import type { RotatedEntry, UnresolvedEntry } from '../entries/result.ts';
import { clusterFacts, usesOf, type Hardware, type Use } from '../cluster/image-uses.ts';
import { familyText, type Family } from '../os/family.ts';
import { findReferences } from '../rotate/find.ts';
import { amiId } from '../util/ami-id.ts';
import { imageObstacle } from '../rotate/obstacles.ts';
import { placesInBytes } from '../util/source.ts';
import { asNode, readYaml, startOf, type YamlFile, type YamlNode } from '../util/yaml.ts';
import type { Change } from './carried.ts';
import { valueAt } from './values.ts';

export interface TemplateRequest {
  /** The config's name in comments, errors and entries. */
  file: string;
  bytes: Buffer;
  parallelcluster: string;
  region: string;
  /** Default of the parameter ClusterName. */
  clusterName: string;
  /** AMI id → what kind of image it is. */
  families: ReadonlyMap<string, Family>;
  /** Name of the channel's SSM parameter for a family. */
  parameterOf(family: Family): string;
  /** GiB of the root volume of the channel's images; undefined: nobody says. */
  volumeSizeOf?(family: Family): number | undefined;
  /** Root and head node follow, too: for a stack that is made anew. */
  includeRoot: boolean;
}

/** A place that follows the channel from now on. */
export interface Follows extends Omit<RotatedEntry, 'to'> {
  /** Of the template. */
  parameter: string;
}

export interface Wrapping {
  changes: Change[];
  /** By family. */
  parameters: Map<string, { name: string; default: string }>;
  follows: Follows[];
  unresolved: UnresolvedEntry[];
}

/** Which ids become parameters, which stay, and why. */
export function placesFollow(
  config: string,
  root: YamlNode,
  read: YamlFile,
  request: TemplateRequest,
): Wrapping {
  const { file, families, parallelcluster, region, includeRoot } = request;
  const wrapping: Wrapping = { changes: [], parameters: new Map(), follows: [], unresolved: [] };
  const placeOf = originalPlaces(request);
  const says = clusterFacts(root, read);
  const uses = usesOf(root, read);
  for (const use of uses) {
    const { path, scope, value } = use;
    const found = isScalar(value) ? String(value.value).trim() : '';
    const place = { file, ...placeOf(path), path };
    const reason = whyItStays(found, use);
    if (reason !== undefined) {
      wrapping.unresolved.push({ ...place, found, reason });
      continue;
    }
    const [start = 0, end = 0] = value?.range ?? [];
    const trailing = /\s*$/.exec(config.slice(start, end))?.[0].length ?? 0;
    const parameter = follow(found);
    wrapping.changes.push({ start, end: end - trailing, to: `!Ref ${parameter}` });
    wrapping.follows.push({ ...place, scope, from: found, parameter });
  }
  if (!includeRoot) openings();
  return wrapping;

  function whyItStays(id: string, { scope, ...hardware }: Use): string | undefined {
    if (!amiId.test(id)) return 'no AMI id; CloudFormation gets what is written here';
    const family = families.get(id);
    if (!family) return 'no image family is known for this id: it stays as it is';
    if (family.official) return 'an official ParallelCluster image, none of a channel';
    const general = obstacle(family, {});
    if (general !== undefined) return general;
    if ((scope === 'root' || scope === 'head') && !includeRoot) {
      return `${scope === 'root' ? 'root' : 'head node'} image: no live cluster takes a new one; it stays (--include-root for a new stack)`;
    }
    return obstacle(family, hardware);
  }

  /** What `bake rotate` would say of it; the new image is as bakery.yaml has it baked. */
  function obstacle(family: Family, { rootVolumeGiB, instanceTypes }: Hardware): string | undefined {
    if (family.region !== undefined && family.region !== region) {
      const here =
        says.region === undefined
          ? `the config names no Region and ${region} is assumed: say with --region where it is`
          : `this cluster in ${region}: write an id of ${region} here`;
      return `the image is in ${family.region}, ${here}`;
    }
    const spot = { os: says.os, parallelcluster, rootVolumeGiB, instanceTypes };
    const to = request.parameterOf(family);
    const images = new Map([
      [
        to,
        { ...BAKED, ...family, region, architecture: family.arch, rootGiB: request.volumeSizeOf?.(family) },
      ],
    ]);
    return imageObstacle({ spot, region, to, family, images });
  }

  function follow(id: string): string {
    const family = families.get(id) as Family;
    const key = familyText(family);
    const known = wrapping.parameters.get(key);
    if (known) return known.name;
    const parameter = { name: parameterId(family), default: request.parameterOf(family) };
    wrapping.parameters.set(key, parameter);
    return parameter.name;
  }

  /** Queues that take the root's image get one of their own: that is what a stack update can change. */
  function openings(): void {
    const { openings: found } = findReferences('cluster.yaml', Buffer.from(config, 'latin1'));
    for (const { path, start, before, after, inherits, ...hardware } of found) {
      const family = families.get(inherits);
      // Whatever holds for all places was said of the root.
      if (!family || family.official || obstacle(family, {}) !== undefined) continue;
      const place = { file, ...placeOf(path), path };
      const reason = obstacle(family, hardware);
      if (reason !== undefined) {
        wrapping.unresolved.push({ ...place, found: inherits, reason });
        continue;
      }
      const parameter = follow(inherits);
      // In quotes it would be a text, no function.
      const to = `${before.replace(/["']$/, '')}!Ref ${parameter}${after.replace(/^["']/, '')}`;
      wrapping.changes.push({ start, end: start, to });
      wrapping.follows.push({ ...place, scope: 'queue', from: inherits, parameter });
    }
  }
}

/** Of an image that nobody has looked at. */
const BAKED = { state: 'available', ownerId: '', name: '', createdAt: '' };

/** `AmiAlinux2X8664`: letters and digits only (CloudFormation user guide, "Parameters"). */
function parameterId({ os, arch }: Family): string {
  return `Ami${[os, arch].map((part) => part.charAt(0).toUpperCase() + part.slice(1).replaceAll('_', '')).join('')}`;
}

/** Where a place stands in the user's own file; what is not written there is at its start. */
function originalPlaces({
  file,
  bytes,
}: TemplateRequest): (path: string) => { line: number; column: number } {
  const read = readYaml(bytes.toString('latin1'));
  const placeOf = placesInBytes(file, bytes);
  const uses = read.documents[0] ? usesOf(asNode(read.documents[0].contents), read) : [];
  const offsets = new Map(uses.map(({ path, value }: Use) => [path, startOf(value)]));
  return (path) => {
    const queue = path.replace(/\.Image\.CustomAmi$/, '');
    const { line, column } = placeOf(offsets.get(path) ?? queueOffset(queue, read) ?? 0);
    return { line, column };
  };
}

/** Start of `Scheduling.SlurmQueues[1]`. */
function queueOffset(path: string, read: YamlFile): number | undefined {
  const [, list = '', index = ''] = /^Scheduling\.(\w+)\[(\d+)\]$/.exec(path) ?? [];
  const queues = valueAt(asNode(read.documents[0]?.contents), ['Scheduling', list], read);
  const items = queues && 'items' in queues ? queues.items : [];
  const item = asNode(items[Number(index)]);
  return item ? startOf(item) : undefined;
}
