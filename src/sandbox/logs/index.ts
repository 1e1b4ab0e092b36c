/** The reads of CloudWatch Logs: groups, streams, and the lines that image builds wrote. */
import type { Call, Handlers } from '../call.ts';
import { byKey, pageOf } from '../paging.ts';
import { listRows, type LogRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';

interface Event {
  stream: string;
  timestamp: number;
  message: string;
  /** Position in its stream, starting at 0. */
  index: number;
}

/** GetLogEvents returns at most 10,000 events and 1 MB (CloudWatch Logs API reference). */
const MAX_EVENTS = 10_000;
const MAX_BYTES = 1_048_576;
/** Bytes that each event counts in addition to its text (CloudWatch Logs API reference, PutLogEvents). */
const EVENT_OVERHEAD = 26;

export const handlers: Handlers = {
  DescribeLogGroups: describeLogGroups,
  GetLogEvents: getLogEvents,
};

function describeLogGroups(
  input: { logGroupNamePrefix?: string; logGroupNamePattern?: string; nextToken?: string; limit?: number },
  call: Call,
): object {
  const rows = listRows(call.state, 'log', call.region);
  const names = [...new Set(rows.map((row) => row.group))]
    .filter(
      (name) =>
        name.startsWith(input.logGroupNamePrefix ?? '') && name.includes(input.logGroupNamePattern ?? ''),
    )
    .sort(byKey(itself));
  const page = pageOf(names, itself, { token: input.nextToken, size: input.limit ?? 50, bad: badToken });
  return {
    logGroups: page.items.map((name) => ({
      logGroupName: name,
      arn: `${groupArn(name, call)}:*`,
      logGroupArn: groupArn(name, call),
      creationTime: firstTime(rows.filter((row) => row.group === name)),
      metricFilterCount: 0,
      logGroupClass: 'STANDARD',
    })),
    nextToken: page.token,
  };
}

interface GetInput {
  logGroupName?: string;
  logGroupIdentifier?: string;
  logStreamName: string;
  startTime?: number;
  endTime?: number;
  nextToken?: string;
  limit?: number;
  startFromHead?: boolean;
}

/** A token holds the position to continue at. At the end of the stream GetLogEvents returns the same token again. */
function getLogEvents(input: GetInput, call: Call): object {
  const all = eventsOf(rowsOf(input, call), input.logStreamName);
  if (all.length === 0)
    throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
  const events = all.filter((event) => isWithin(event, input));
  const limit = input.limit ?? MAX_EVENTS;
  const place = readPlace(input.nextToken);
  const page = place
    ? place.forward
      ? fitting(
          events.filter((event) => event.index >= place.index),
          limit,
        )
      : fittingEnd(
          events.filter((event) => event.index < place.index),
          limit,
        )
    : input.startFromHead === true
      ? fitting(events, limit)
      : fittingEnd(events, limit);
  const first = page[0]?.index ?? place?.index ?? 0;
  const next = page.at(-1) === undefined ? (place?.index ?? all.length) : (page.at(-1) as Event).index + 1;
  return {
    events: page.map(({ timestamp, message }) => ({ timestamp, message, ingestionTime: timestamp })),
    nextForwardToken: `f/${String(next).padStart(20, '0')}`,
    nextBackwardToken: `b/${String(first).padStart(20, '0')}`,
  };
}

function readPlace(token: string | undefined): { forward: boolean; index: number } | undefined {
  if (token === undefined) return undefined;
  const found = /^([fb])\/(\d{20})$/.exec(token);
  if (!found) throw badToken();
  return { forward: found[1] === 'f', index: Number(found[2]) };
}

function fitting(events: Event[], limit: number): Event[] {
  let bytes = 0;
  const firstTooMany = events.findIndex((event, i) => {
    bytes += Buffer.byteLength(event.message) + EVENT_OVERHEAD;
    return i >= limit || (bytes > MAX_BYTES && i > 0);
  });
  return firstTooMany === -1 ? events : events.slice(0, firstTooMany);
}

function fittingEnd(events: Event[], limit: number): Event[] {
  return fitting([...events].reverse(), limit).reverse();
}

function isWithin(event: Event, { startTime, endTime }: { startTime?: number; endTime?: number }): boolean {
  return event.timestamp >= (startTime ?? 0) && event.timestamp < (endTime ?? Number.MAX_SAFE_INTEGER);
}

function rowsOf(input: { logGroupName?: string; logGroupIdentifier?: string }, call: Call): LogRow[] {
  const name =
    input.logGroupName ?? input.logGroupIdentifier?.replace(/^arn:.*:log-group:/, '').replace(/:\*$/, '');
  if (name === undefined) {
    throw new AwsError(
      'InvalidParameterException',
      'Either logGroupName or logGroupIdentifier must be provided.',
    );
  }
  const rows = listRows(call.state, 'log', call.region, name);
  if (rows.length === 0)
    throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
  return rows;
}

function eventsOf(rows: readonly LogRow[], stream: string): Event[] {
  return rows
    .filter((row) => row.stream === stream)
    .sort((a, b) => a.chunk - b.chunk)
    .flatMap((row) => row.events)
    .map(([timestamp, message], index) => ({ stream, timestamp, message, index }));
}

function firstTime(rows: readonly LogRow[]): number | undefined {
  const times = rows.flatMap((row) => row.events.map(([time]) => time));
  return times.length === 0 ? undefined : times.reduce((least, time) => Math.min(least, time));
}

function groupArn(name: string, call: Call): string {
  return `arn:${call.partition}:logs:${call.region}:${call.account}:log-group:${name}`;
}

function itself(name: string): string {
  return name;
}

function badToken(): AwsError {
  return new AwsError('InvalidParameterException', 'The specified nextToken is invalid.');
}
