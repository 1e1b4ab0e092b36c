/** Handles StartInstances, StopInstances and TerminateInstances: first the row changes, then the machine. */
import type { Call } from '../../call.ts';
import { AwsError } from '../../wire/aws-error.ts';
import type { InstanceRow, InstanceState } from '../rows.ts';
import { findInstanceRows, saveInstance, writeState } from './find.ts';

interface Input {
  InstanceIds: string[];
}

export function startInstances(input: Input, call: Call): object {
  const rows = findInstanceRows(call, input.InstanceIds);
  check(rows, ['stopped', 'pending', 'running'], 'started');
  const changes = rows.map((row) => {
    if (row.state !== 'stopped') return unchanged(row);
    call.afterwards(() => call.machines.boot(call.region, row.id));
    return move(row, 'pending', undefined, call);
  });
  return { StartingInstances: changes };
}

export function stopInstances(input: Input, call: Call): object {
  const rows = findInstanceRows(call, input.InstanceIds);
  check(rows, ['running', 'stopping', 'stopped'], 'stopped');
  const protectedRow = rows.find((row) => row.protectedFromStop && row.state === 'running');
  if (protectedRow) {
    throw new AwsError(
      'OperationNotPermitted',
      `The instance '${protectedRow.id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`,
    );
  }
  const changes = rows.map((row) => {
    if (row.state !== 'running') return unchanged(row);
    call.afterwards(() => call.machines.stop(call.region, row.id));
    return move(row, 'stopping', BY_USER, call);
  });
  return { StoppingInstances: changes };
}

/** Terminating a terminated instance succeeds (EC2 API reference, TerminateInstances). */
export function terminateInstances(input: Input, call: Call): object {
  const rows = findInstanceRows(call, input.InstanceIds);
  const protectedRow = rows.find((row) => row.protectedFromTermination && row.state !== 'terminated');
  if (protectedRow) {
    throw new AwsError(
      'OperationNotPermitted',
      `The instance '${protectedRow.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
    );
  }
  const changes = rows.map((row) => {
    if (row.state === 'terminated' || row.state === 'shutting-down') return unchanged(row);
    call.afterwards(() => call.machines.terminate(call.region, row.id));
    return move(row, 'shutting-down', BY_USER, call);
  });
  return { TerminatingInstances: changes };
}

/** EC2 API reference, StateReason. */
const BY_USER = {
  code: 'Client.UserInitiatedShutdown',
  message: 'Client.UserInitiatedShutdown: User initiated shutdown',
};

/** @throws AwsError IncorrectInstanceState (EC2 API reference, "Error codes") */
function check(rows: readonly InstanceRow[], states: readonly InstanceState[], what: string): void {
  const wrong = rows.find((row) => !states.includes(row.state));
  if (!wrong) return;
  throw new AwsError(
    'IncorrectInstanceState',
    `The instance '${wrong.id}' is not in a state from which it can be ${what}.`,
  );
}

function move(row: InstanceRow, state: InstanceState, reason: InstanceRow['reason'], call: Call): object {
  saveInstance(call, { ...row, state, reason, stateSince: call.now.toISOString() });
  return { InstanceId: row.id, CurrentState: writeState(state), PreviousState: writeState(row.state) };
}

function unchanged(row: InstanceRow): object {
  return { InstanceId: row.id, CurrentState: writeState(row.state), PreviousState: writeState(row.state) };
}
