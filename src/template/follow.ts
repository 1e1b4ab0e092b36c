/** Decides which places of a config follow the channel inside a template, which stay as they are, and why. Pure. */
import { isScalar } from 'yaml';
import type { RotatedEntry, UnresolvedEntry } from '../entries/result.ts';
import { clusterFacts, usesOf, type Hardware, type Use } from '../cluster/image-uses.ts';
import { familyText, type ImageFamily } from '../os/family.ts';
import { findReferences } from '../rotate/find.ts';
import { amiId } from '../util/ami-id.ts';
import { imageObstacle } from '../rotate/obstacles.ts';
import { placesInBytes } from '../util/source.ts';
import { asNode, readYaml, startOf, type YamlFile, type YamlNode } from '../util/yaml.ts';
import type { TextChange } from './carried.ts';
import { configValueAt } from './values.ts';

export interface TemplateRequest {
  /** The name of the config in comments, errors and entries. */
  file: string;
  bytes: Buffer;
  parallelcluster: string;
  region: string;
  /** The default of the parameter ClusterName. */
  clusterName: string;
  /** AMI id → image family. */
  families: ReadonlyMap<string, ImageFamily>;
  /** The name of the SSM parameter of the channel for a family. */
  parameterOf(family: ImageFamily): string;
  /** The size in GiB of the root volume of the images in the channel; undefined: unknown. */
  volumeSizeOf?(family: ImageFamily): number | undefined;
  /** Whether root and head node follow, too, which is only possible for a new stack. */
  includeRoot: boolean;
}

/** A place that follows the channel. */
export interface Follows extends Omit<RotatedEntry, 'to'> {
  /** The parameter of the template. */
  parameter: string;
}

export interface Wrapping {
  changes: TextChange[];
  /** The parameters by family. */
  parameters: Map<string, { name: string; default: string }>;
  follows: Follows[];
  unresolved: UnresolvedEntry[];
}

/** Decides which ids become parameters, which stay, and why. */
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
    if (!amiId.test(id)) return 'not an AMI id; the template contains the value as it is';
    const family = families.get(id);
    if (!family) return 'the image family of this id is unknown, so it stays as it is';
    if (family.official) return 'an official ParallelCluster image, which is in no channel';
    const general = obstacle(family, {});
    if (general !== undefined) return general;
    if ((scope === 'root' || scope === 'head') && !includeRoot) {
      return `the image of the ${scope === 'root' ? 'root' : 'head node'} cannot be updated on a live cluster, so it stays (use --include-root for a new stack)`;
    }
    return obstacle(family, hardware);
  }

  /** The reason that `bake rotate` would give; the new image has the properties of bakery.yaml. */
  function obstacle(family: ImageFamily, { rootVolumeGiB, instanceTypes }: Hardware): string | undefined {
    if (family.region !== undefined && family.region !== region) {
      const here =
        says.region === undefined
          ? `but the config names no Region and bake assumes ${region}; name the Region with --region`
          : `but this cluster is in ${region}; write an id of ${region} here`;
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
    const family = families.get(id) as ImageFamily;
    const key = familyText(family);
    const known = wrapping.parameters.get(key);
    if (known) return known.name;
    const parameter = { name: parameterId(family), default: request.parameterOf(family) };
    wrapping.parameters.set(key, parameter);
    return parameter.name;
  }

  /** Adds an image to each queue that inherits that of the root, because a stack update can only change the image of a queue. */
  function openings(): void {
    const { openings: found } = findReferences('cluster.yaml', Buffer.from(config, 'latin1'));
    for (const { path, start, before, after, inherits, ...hardware } of found) {
      const family = families.get(inherits);
      // Obstacles for all places have been reported for the root already.
      if (!family || family.official || obstacle(family, {}) !== undefined) continue;
      const place = { file, ...placeOf(path), path };
      const reason = obstacle(family, hardware);
      if (reason !== undefined) {
        wrapping.unresolved.push({ ...place, found: inherits, reason });
        continue;
      }
      const parameter = follow(inherits);
      // Quotes would make it a text instead of a function.
      const to = `${before.replace(/["']$/, '')}!Ref ${parameter}${after.replace(/^["']/, '')}`;
      wrapping.changes.push({ start, end: start, to });
      wrapping.follows.push({ ...place, scope: 'queue', from: inherits, parameter });
    }
  }
}

/** Placeholder values of an image that was not read from EC2. */
const BAKED = { state: 'available', ownerId: '', name: '', createdAt: '' };

/** `AmiAlinux2X8664`: a name with letters and digits only (CloudFormation user guide, "Parameters"). */
function parameterId({ os, arch }: ImageFamily): string {
  return `Ami${[os, arch].map((part) => part.charAt(0).toUpperCase() + part.slice(1).replaceAll('_', '')).join('')}`;
}

/** The place in the file of the user; a place that is not in the file is at its start. */
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

/** The offset of `Scheduling.SlurmQueues[1]`. */
function queueOffset(path: string, read: YamlFile): number | undefined {
  const [, list = '', index = ''] = /^Scheduling\.(\w+)\[(\d+)\]$/.exec(path) ?? [];
  const queues = configValueAt(asNode(read.documents[0]?.contents), ['Scheduling', list], read);
  const items = queues && 'items' in queues ? queues.items : [];
  const item = asNode(items[Number(index)]);
  return item ? startOf(item) : undefined;
}
