/** Decides after failed downloads when to give up on the rest, and which failures to report one by one. */
import type { BakeError } from '../errors/bake-error.ts';
import type { ErrorCode } from '../errors/table.ts';
import type { Emit } from '../events/events.ts';
import { createHttpClient, type LaneSettings } from './lane.ts';
import type { LockedAsset } from './lock.ts';
import { explainChange } from './explain-change.ts';
import { toBakeError, type AssetProblem } from './asset-error.ts';

export interface AssetFailure {
  asset: LockedAsset;
  problem: AssetProblem;
}

/** Codes whose cause is a host, not a file. */
const HOST_WIDE = new Set<ErrorCode>([
  'ASSET_RATE_LIMIT',
  'ASSET_TLS_CA',
  'ASSET_TLS_RESET',
  'ASSET_PROXY_PAGE',
  'ASSET_PROXY_REFUSED',
  'ASSET_UNREACHABLE',
  'ASSET_STALLED',
]);
/** After this many of them in a row, the remaining files are skipped. */
const MAX_HOST_FAILURES = 8;

/** Counts the failures of one fetch. */
export function failureLimit(): { succeeded(): void; isReached(code: ErrorCode): boolean } {
  let failed = 0;
  return {
    succeeded() {
      failed = 0;
    },
    isReached(code) {
      if (HOST_WIDE.has(code)) failed += 1;
      return failed >= MAX_HOST_FAILURES || code === 'ASSET_RATE_LIMIT';
    },
  };
}

/** This many errors of one code are reported each; a warning counts the others. */
const REPORTED_PER_CODE = 3;

/** Returns the errors to report and warns about those left out. */
export async function explainFailures(
  failures: readonly AssetFailure[],
  {
    store,
    settings,
    emit,
    signal,
  }: { store: string; settings: Omit<LaneSettings, 'store' | 'width'>; emit: Emit; signal: AbortSignal },
): Promise<BakeError[]> {
  if (failures.length === 0) return [];
  const client = createHttpClient(settings);
  const downloadContext = { store, client, backoff: settings.backoff, signal };
  const seen = new Map<string, number>();
  const errors: BakeError[] = [];
  for (const { asset, problem } of failures) {
    const error = toBakeError(await explainChange(problem, asset, downloadContext));
    const sameCode = seen.get(error.code) ?? 0;
    seen.set(error.code, sameCode + 1);
    // A firewall that blocks many files is one finding.
    if (sameCode < REPORTED_PER_CODE) errors.push(error);
  }
  client.connections.close();
  for (const [code, times] of seen) {
    if (times <= REPORTED_PER_CODE) continue;
    const text = `${times - REPORTED_PER_CODE} more assets failed with ${code}; fix these and run bake assets fetch again to see them`;
    emit({ type: 'warning', text });
  }
  return errors;
}
