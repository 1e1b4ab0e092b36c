/**
 * Removes leftovers one after the other, in the order of the plan. A resource that no longer exists is not an error.
 */
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
 * Removes as many as possible: an error does not stop the removal of the others.
 * @param onRemoved called after each removal
 * @returns the errors
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

/** Tags groups first. A group without tags is identified by its instance, and bake may be killed after that is gone. */
async function markGroups(aws: Session, leftovers: readonly Leftover[]): Promise<void> {
  for (const { kind, region, id, run } of leftovers) {
    if (kind === 'security group' && run !== '') await tagResources(aws, region, [id], { [RUN_TAG]: run });
  }
}
