/** Plans the content of a set of namespaces: programs, skeleton, layer and scripts. */
import path from 'node:path';

import type { OsFamily, Os } from '../../os/os.ts';
import { bundleEntries } from './bundle.ts';
import type { PlacedFile, RehearsalTarget } from './contract.ts';
import { checkLayer, layerMeta, partFile } from './layer.ts';
import { machinePlan } from './machine.ts';
import type { SpacePlan } from './namespace.ts';
import { familyOfRootfs } from './rootfs.ts';
import { marksPart, readSkeleton } from './skeleton.ts';
import { writeTar } from '../../util/tar.ts';

/** A kind of isolation that works on this machine. */
export interface Rung {
  isolation: 'root' | 'user';
  overlay: boolean;
}

export interface SpaceRequest {
  target: RehearsalTarget;
  rootfs?: string | undefined;
  layer?: string | undefined;
  network?: string | undefined;
  /** The final path of the layer. It is first written to a part file beside it (layer.ts). */
  save?: string | undefined;
  scripts: readonly string[];
  files?: readonly PlacedFile[] | undefined;
  /** Programs for an instance: name → text. */
  programs?: Readonly<Record<string, string>> | undefined;
}

/** @throws BakeError FILE_MISSING, FILE_UNREADABLE, LAYER_UNFIT */
export async function planSpace(
  request: SpaceRequest,
  os: Os,
  rung: Rung,
): Promise<{ plan: SpacePlan; machineFamily: OsFamily | undefined }> {
  const rootfs = request.rootfs === undefined ? undefined : path.resolve(request.rootfs);
  const layer = request.layer === undefined ? undefined : path.resolve(request.layer);
  const machineFamily = await familyOfRootfs(rootfs);
  const fits = machineFamily === os.family;
  const whole = rootfs !== undefined && fits;
  const meta = layerMeta(request.target, {
    isolation: rung.isolation,
    overlay: rung.overlay,
    over: whole ? 'rootfs' : rootfs === undefined ? 'machine' : 'programs',
  });
  if (layer !== undefined) await checkLayer(layer, meta);

  const bundle = bundleEntries({
    plan: machinePlan(fits ? os.family : undefined),
    // A rootfs of the target's family stands for the target. It lacks only the files that ParallelCluster adds to every
    // image.
    skeleton: await readSkeleton(whole ? marksPart : os.id, os, request.target),
    scripts: request.scripts,
    files: request.files,
    meta: JSON.stringify(meta),
    programs: request.programs,
  });
  const plan: SpacePlan = {
    isolation: rung.isolation,
    overlay: rung.overlay,
    rootfs,
    whole,
    stockRoots: fits && os.family === 'debian',
    layer,
    network: request.network,
    save: request.save === undefined ? undefined : partFile(path.resolve(request.save)),
    instance: request.programs !== undefined,
    bundle: writeTar(bundle),
  };
  return { plan, machineFamily };
}
