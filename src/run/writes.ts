/** The writes of plans, in a form that people can read and that two plans can be compared by. Pure. */
import { canonicalJson } from '../util/canonical.ts';

export interface PlannedWrite {
  /** What changes: `/hpc/ami/stable/alinux2/x86_64/3.15.1 in us-east-1`, `clusters/prod.yaml:14 Image.CustomAmi`. */
  what: string;
  /** The current value; null: none. */
  from: string | null;
  /** The new value; `newValue(…)` if only the run can know it. */
  to: string | null;
  /** The image that this write is a part of. On an image that the run itself makes it needs no consent of its own. */
  image?: string;
}

/** A value that only a run can know, such as the id of an image that is still to be made: `new(alinux2 x86_64)`. */
export function newValue(key: string): string {
  return `new(${key})`;
}

export function isNewValue(value: string | null | undefined): boolean {
  return typeof value === 'string' && value.startsWith('new(');
}

/** The difference between two lists of writes. */
export interface WriteDifference {
  /** In the list that was shown, but not in the later one. */
  gone: PlannedWrite[];
  /** In the later list only. */
  added: PlannedWrite[];
}

/** How the writes of a later plan differ from those that were shown; undefined: they do not. */
export function differenceOf(
  shown: readonly PlannedWrite[],
  later: readonly PlannedWrite[],
): WriteDifference | undefined {
  const gone = without(shown, later);
  const added = without(later, shown);
  return gone.length + added.length === 0 ? undefined : { gone, added };
}

function without(list: readonly PlannedWrite[], taken: readonly PlannedWrite[]): PlannedWrite[] {
  const left = new Map<string, number>();
  for (const write of taken) left.set(canonicalJson(write), (left.get(canonicalJson(write)) ?? 0) + 1);
  return list.filter((write) => {
    const key = canonicalJson(write);
    const count = left.get(key) ?? 0;
    left.set(key, count - 1);
    return count <= 0;
  });
}

/**
 * The writes that were not approved. A value that only the run could know matches any value, and an image that the run
 * made may get its tags, shares and protection.
 */
export function notAgreed(agreed: readonly PlannedWrite[], actual: readonly PlannedWrite[]): PlannedWrite[] {
  return actual.filter(
    (write) =>
      !agreed.some(
        (one) =>
          one.what === write.what &&
          one.from === write.from &&
          (one.to === write.to || isNewValue(one.to) || isNewValue(write.to)),
      ) && !isPartOfNewImage(agreed, actual, write),
  );
}

/** Whether the write belongs to an image that is new in `agreed`. */
function isPartOfNewImage(
  agreed: readonly PlannedWrite[],
  actual: readonly PlannedWrite[],
  { image }: PlannedWrite,
): boolean {
  if (image === undefined) return false;
  return (
    isNewValue(image) ||
    actual.some(
      (write) =>
        write.to === image &&
        agreed.some((one) => one.what === write.what && one.from === write.from && isNewValue(one.to)),
    )
  );
}

/** `- /hpc/ami/stable/… in us-east-1: ami-0a… → ami-0b…`, a line each. */
export function differenceText({ gone, added }: WriteDifference): string {
  return [
    ...gone.map((write) => `- ${writeText(write)}`),
    ...added.map((write) => `+ ${writeText(write)}`),
  ].join('\n');
}

export function writeText({ what, from, to }: PlannedWrite): string {
  return `${what}: ${from ?? '(none)'} → ${to ?? '(none)'}`;
}
