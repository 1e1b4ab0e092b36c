/** Owns what is made of downloads that failed: when to stop asking, and how much of it is told. */
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

/** What concerns a host, not a file. */
const HOST_WIDE = new Set<ErrorCode>([
  'ASSET_RATE_LIMIT',
  'ASSET_TLS_CA',
  'ASSET_TLS_RESET',
  'ASSET_PROXY_PAGE',
  'ASSET_PROXY_REFUSED',
  'ASSET_UNREACHABLE',
  'ASSET_STALLED',
]);
/** After so many of these without a file that came, the others are not asked for. */
const ENOUGH = 8;

/** For one fetch: whether to go on asking. */
export function failureLimit(): { came(): void; isOver(code: ErrorCode): boolean } {
  let inVain = 0;
  return {
    came() {
      inVain = 0;
    },
    isOver(code) {
      if (HOST_WIDE.has(code)) inVain += 1;
      return inVain >= ENOUGH || code === 'ASSET_RATE_LIMIT';
    },
  };
}

/** So many errors of one code are told each; of the others, how many there are. */
const ALIKE = 3;

/** As errors; what is left out of them is told as a warning. */
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
  const net = createHttpClient(settings);
  const around = { store, net, backoff: settings.backoff, signal };
  const seen = new Map<string, number>();
  const errors: BakeError[] = [];
  for (const { asset, problem } of failures) {
    const error = toBakeError(await explainChange(problem, asset, around));
    const alike = seen.get(error.code) ?? 0;
    seen.set(error.code, alike + 1);
    // A firewall in the way is one finding, not one a file.
    if (alike < ALIKE) errors.push(error);
  }
  net.connections.close();
  for (const [code, times] of seen) {
    if (times <= ALIKE) continue;
    const text = `${times - ALIKE} more assets failed with ${code}; bake assets fetch again tells them once these are mended`;
    emit({ type: 'warning', text });
  }
  return errors;
}
