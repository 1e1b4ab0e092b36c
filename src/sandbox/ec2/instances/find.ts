/** Reads and writes the rows of instances. */
import type { Call } from '../../call.ts';
import { getRow, rowKey, listRows, putRow } from '../../tables.ts';
import { AwsError } from '../../wire/aws-error.ts';
import type { InstanceRow, InstanceState } from '../rows.ts';

/** How long a terminated instance stays visible (EC2 user guide, "Terminate Amazon EC2 instances": about an hour). */
const SHOWN_MS = 3600_000;

type Place = Pick<Call, 'state' | 'region' | 'now'>;

/** All instances, and those that were terminated a short time ago. */
export function visibleInstances({ state, region, now }: Place): InstanceRow[] {
  return listRows(state, 'instance', region).filter((row) => isVisible(row, now));
}

function isVisible(row: InstanceRow, now: Date): boolean {
  return row.state !== 'terminated' || now.getTime() - Date.parse(row.stateSince) < SHOWN_MS;
}

/** @throws AwsError InvalidInstanceID.Malformed, InvalidInstanceID.NotFound (EC2 API reference, "Error codes") */
export function findInstanceRow({ state, region, now }: Place, id: string): InstanceRow {
  if (!/^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
    throw new AwsError('InvalidInstanceID.Malformed', `Invalid id: "${id}"`);
  }
  const row = getRow(state, 'instance', rowKey(region, id));
  if (!row || !isVisible(row, now)) throw instanceNotFound([id]);
  return row;
}

export function findInstanceRows(place: Place, ids: readonly string[]): InstanceRow[] {
  const found = [...new Set(ids)].map((id) => {
    try {
      return findInstanceRow(place, id);
    } catch (error) {
      if (error instanceof AwsError && error.code === 'InvalidInstanceID.NotFound') return id;
      throw error;
    }
  });
  const missing = found.filter((one) => typeof one === 'string');
  if (missing.length > 0) throw instanceNotFound(missing);
  return found as InstanceRow[];
}

function instanceNotFound(ids: readonly string[]): AwsError {
  const subject = ids.length === 1 ? `ID '${ids[0]}' does` : `IDs '${ids.join(', ')}' do`;
  return new AwsError('InvalidInstanceID.NotFound', `The instance ${subject} not exist`);
}

export function saveInstance({ state, region }: Pick<Call, 'state' | 'region'>, row: InstanceRow): void {
  putRow(state, 'instance', rowKey(region, row.id), row);
}

/** Codes of the states (EC2 API reference, InstanceState). */
const CODES: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export function writeState(state: InstanceState): { Code: number; Name: string } {
  return { Code: CODES[state], Name: state };
}
