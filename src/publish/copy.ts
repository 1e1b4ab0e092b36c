/** Copies an image to another Region: a repeat finds the copy, and a copy that cannot be used is made again. */
import { copyAmi, findAmis, isDead, untilAvailable, type Ami } from '../aws/images.ts';
import type { Session } from '../aws/session.ts';
import { until } from '../aws/until.ts';
import { BakeError } from '../errors/bake-error.ts';

/** How long reads may miss a new copy before it counts as gone. */
const VISIBLE_MS = 120_000;
/** How many copies in a row may be gone. */
const GONE_COPIES = 3;

/**
 * The copies of an image in any state except disabled. They are found by fingerprint and run, because after --rebake
 * older images have the same fingerprint.
 */
export async function findCopies(aws: Session, source: Ami, region: string): Promise<Ami[]> {
  return findAmis(aws, region, {
    owners: ['self'],
    filters: {
      'tag:bakery:fingerprint': [source.tags['bakery:fingerprint'] ?? ''],
      'tag:bakery:run': [source.tags['bakery:run'] ?? ''],
    },
  });
}

/**
 * Copies and waits. A copy that failed before is not the answer to this request, nor is one that was deregistered or
 * disabled since then.
 * @throws BakeError IMAGE_LOST with the reason that EC2 gives
 */
export async function makeCopy(
  aws: Session,
  source: Ami,
  region: string,
  options: { kmsKey: string | undefined; signal: AbortSignal; visibleMs?: number },
): Promise<Ami> {
  const { kmsKey, signal, visibleMs = VISIBLE_MS } = options;
  const spent = (await findCopies(aws, source, region)).filter(isDead).map(({ id }) => id);
  let id = '';
  for (let gone = 0; gone < GONE_COPIES; gone += 1) {
    id = await copyAmi(aws, source, region, { spent, kmsKey });
    if (await isSeen(aws, region, id, { signal, visibleMs })) {
      return untilAvailable(aws, region, id, signal);
    }
    spent.push(id);
  }
  throw new BakeError('IMAGE_LOST', { id, region, state: 'gone' });
}

/** A read right after the creation may not see an image yet. */
async function isSeen(
  aws: Session,
  region: string,
  id: string,
  { signal, visibleMs }: { signal: AbortSignal; visibleMs: number },
): Promise<boolean> {
  const since = Date.now();
  return until<boolean>({
    aws,
    signal,
    budgetMs: visibleMs,
    async look() {
      const found = await findAmis(aws, region, { ids: [id] });
      if (found.length > 0) return true;
      return Date.now() - since > visibleMs ? false : undefined;
    },
    late: () => new BakeError('IMAGE_LOST', { id, region, state: 'gone' }),
  });
}
