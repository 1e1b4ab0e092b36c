/** Makes the keys of the store. */

/** The files that the store keeps for each image. */
export const EVIDENCE = {
  sbom: 'sbom.cdx.json',
  verify: 'verify.json',
  junit: 'verify.junit.xml',
  provenance: 'provenance.dsse.json',
  reports: 'said.json',
} as const;

/**
 * Identifies the bake of an image. Its copies have both values in common; an image of --rebake only the fingerprint.
 */
export interface BakeId {
  /** `sha256:<64 hex>`. */
  fingerprint: string;
  run: string;
}

/** Reads the bake id from an image's tags; undefined if bake did not make the image. */
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
 * `staged/<sha256>/<name>`: a file that a build instance downloads. The digest in the key means that equal bytes are
 * stored once and that an object never changes.
 * @param digest sha256 in hex
 */
export function stagedKey(digest: string, name: string): string {
  return `staged/${digest}/${name.replace(/[^A-Za-z0-9._-]/g, '-')}`;
}

/** @throws Error on a key that would leave the store: a bug in bake, since the functions above make all keys */
export function checkKey(key: string): string {
  const parts = key.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || /[\0\r\n\\]/.test(part))) {
    throw new Error(`not a key of the store: ${JSON.stringify(key)}`);
  }
  return key;
}
