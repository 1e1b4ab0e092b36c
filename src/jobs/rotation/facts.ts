/**
 * Reads images from AWS for --map and --to, if credentials are available. It is an additional check, so a user without
 * AWS never waits for it.
 */
import type { Located } from '../../config/load.ts';
import type { Bakery } from '../../config/schema.ts';
import type { ImageFamily } from '../../os/family.ts';
import type { ImageFacts } from '../../rotate/obstacles.ts';
import type { Invocation } from '../invocation.ts';

/** Long enough for retries of throttled calls, short enough for a firewall that drops packets. */
const PATIENCE_MS = 20_000;

/** The variables that give the SDK credentials. Files in the home folder may be of another account, so they need a profile. */
const SIGNS = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];

export function isAwsAtHand({ options, env }: Invocation): boolean {
  return options.sandbox || SIGNS.some((name) => (env[name] ?? '') !== '');
}

export interface ImageAnswers {
  images: Map<string, ImageFacts>;
  families: Map<string, ImageFamily>;
}

/**
 * Reads old and new images from EC2.
 * @param wanted Region → ids used there
 * @returns undefined without credentials, and with a warning if AWS does not answer
 */
export async function askAws(
  invocation: Invocation,
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
  bakery: Located<Bakery> | undefined,
): Promise<ImageAnswers | undefined> {
  if (!isAwsAtHand(invocation) || wanted.size === 0) return undefined;
  const { openPlainCloud } = await import('../cloud.ts');
  const { familyOfImage, findImages } = await import('../../rotate/families.ts');
  const trust = bakery ? await (await import('../../config/trust.ts')).readTrust(bakery) : [];
  const cloud = await openPlainCloud(invocation, trust);
  const late = new AbortController();
  const signal = AbortSignal.any([invocation.signal, late.signal]);
  const timer = setTimeout(() => late.abort(new Error('it does not answer')), PATIENCE_MS);
  try {
    const regions = bakery?.value.defaults.regions ?? [];
    const images = await Promise.race([findImages(cloud.aws, wanted, regions), aborted(signal)]);
    const families = [...images].flatMap(([id, image]) => {
      const family = familyOfImage(image, '');
      return family ? [[id, family] as const] : [];
    });
    return { images, families: new Map(families) };
  } catch (error) {
    invocation.signal.throwIfAborted();
    const text = `the new images are not checked: AWS cannot be asked (${(error as Error).message})`;
    invocation.host.emit({ type: 'warning', text });
    return undefined;
  } finally {
    clearTimeout(timer);
    await cloud.close();
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
