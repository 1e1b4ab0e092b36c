/** Owns removing leftovers, one after the other in the order of the plan; what is gone already is fine. */
import { findAmis, removeAmi, tagResources } from '../aws/images.ts';
import {
  deleteLeftKeyPair,
  deleteLeftSecurityGroup,
  deleteLeftSnapshot,
  deleteLeftVolume,
  terminateInstance,
} from '../aws/leftovers.ts';
import type { Session } from '../aws/session.ts';
import { errorsOf, type BakeError } from '../errors/bake-error.ts';
import { RUN_TAG, type Leftover, type LeftoverKind } from './leftover.ts';

type Remove = (aws: Session, leftover: Leftover, signal: AbortSignal) => Promise<void>;

const removers: Record<LeftoverKind, Remove> = {
  instance: (aws, { region, id }, signal) => terminateInstance(aws, region, id, signal),
  volume: (aws, { region, id }, signal) => deleteLeftVolume(aws, region, id, signal),
  async image(aws, { region, id }) {
    const [image] = await findAmis(aws, region, { ids: [id] });
    if (image) await removeAmi(aws, region, id);
  },
  snapshot: (aws, { region, id }) => deleteLeftSnapshot(aws, region, id),
  'key pair': (aws, { region, name }) => deleteLeftKeyPair(aws, region, name),
  'security group': (aws, { region, id }, signal) => deleteLeftSecurityGroup(aws, region, id, signal),
};

/**
 * Removes what it can: one that resists does not save the others.
 * @param onRemoved told of each that is gone
 * @returns what went wrong
 */
export async function removeLeftovers(
  aws: Session,
  leftovers: readonly Leftover[],
  signal: AbortSignal,
  onRemoved: (leftover: Leftover) => void,
): Promise<BakeError[]> {
  await markGroups(aws, leftovers);
  const errors: BakeError[] = [];
  for (const leftover of leftovers) {
    signal.throwIfAborted();
    try {
      await removers[leftover.kind](aws, leftover, signal);
      onRemoved(leftover);
    } catch (error) {
      signal.throwIfAborted();
      errors.push(...errorsOf(error));
    }
  }
  return errors;
}

/** A group is known by its instance until that is gone: were we killed in between, only a tag would tell. */
async function markGroups(aws: Session, leftovers: readonly Leftover[]): Promise<void> {
  for (const { kind, region, id, run } of leftovers) {
    if (kind === 'security group' && run !== '') await tagResources(aws, region, [id], { [RUN_TAG]: run });
  }
}
