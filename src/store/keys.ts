/** Owns the keys of the store: what lies where. */

/** What is kept of each image. */
export const EVIDENCE = {
  sbom: 'sbom.cdx.json',
  verify: 'verify.json',
  junit: 'verify.junit.xml',
  provenance: 'provenance.dsse.json',
  said: 'said.json',
} as const;

/** Which bake an image is of: with its copies it shares both, with one of --rebake the fingerprint only. */
export interface BakeId {
  /** `sha256:<64 hex>`. */
  fingerprint: string;
  run: string;
}

/** What an image's tags say; undefined where it is none of ours. */
export function bakeIdOf(tags: Readonly<Record<string, string>>): BakeId | undefined {
  const fingerprint = tags['bakery:fingerprint'];
  if (fingerprint === undefined || !/^sha256:[0-9a-f]{64}$/.test(fingerprint)) return undefined;
  return { fingerprint, run: tags['bakery:run'] ?? 'unknown' };
}

/** `images/<hex>/<run>/<name>` */
export function imageKey({ fingerprint, run }: BakeId, kind: keyof typeof EVIDENCE): string {
  return `images/${fingerprint.replace(/^sha256:/, '')}/${run.replace(/[^A-Za-z0-9_-]/g, '-')}/${EVIDENCE[kind]}`;
}

/**
 * `staged/<sha256>/<name>`: what a build instance fetches. By digest, so that equal bytes are stored once and what is
 * there never changes.
 * @param digest sha256 in hex
 */
export function stagedKey(digest: string, name: string): string {
  return `staged/${digest}/${name.replace(/[^A-Za-z0-9._-]/g, '-')}`;
}

/** @throws Error on a key that would leave its place: a bug of ours, since keys are made above */
export function checkKey(key: string): string {
  const parts = key.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || /[\0\r\n\\]/.test(part))) {
    throw new Error(`no key of the store: ${JSON.stringify(key)}`);
  }
  return key;
}
