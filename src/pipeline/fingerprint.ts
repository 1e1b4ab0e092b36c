/** Computes the fingerprint of an image: a digest of everything that decides the image, and of nothing else. */
import type { Step, VerifyRow } from '../image/step.ts';
import { canonicalJson } from '../util/canonical.ts';
import { sha256 } from '../util/sha256.ts';

export type Refresh = 'monthly' | 'weekly' | 'never';

export interface FingerprintInputs {
  baseImageId: string;
  os: string;
  arch: string;
  parallelcluster: string;
  steps: readonly Step[];
  rows: readonly VerifyRow[];
  /** The digests of the files that the steps install (assets, CA files, user scripts): name → sha256. */
  carried: Readonly<Record<string, string>>;
  /** The builder settings that change the content of the image or its snapshot. */
  builder: { kmsKey: string | undefined; volumeSize: number | undefined };
  /** From periodOf(). */
  period: string;
}

/** `sha256:<64 hex>`. */
export function fingerprint(inputs: FingerprintInputs): string {
  const { steps, rows, ...rest } = inputs;
  const scripts = (list: readonly { id: string; script: string }[]): string[] =>
    list.map((item) => `${item.id} ${sha256(item.script)}`);
  return `sha256:${sha256(canonicalJson({ ...rest, steps: scripts(steps), rows: scripts(rows) }))}`;
}

/**
 * The refresh period of `now`. In the next period an unchanged recipe is baked again, to get updates.
 * `2026-11` (UTC month), `2026-W47` (ISO week), or `never`.
 */
export function periodOf(now: Date, refresh: Refresh): string {
  if (refresh === 'never') return 'never';
  if (refresh === 'monthly') return now.toISOString().slice(0, 7);
  // ISO 8601: a week belongs to the year of its Thursday.
  const thursday = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()));
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7));
  const yearStart = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.ceil(((thursday.getTime() - yearStart) / 86_400_000 + 1) / 7);
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`;
}
