/** Owns where the package lists of images are kept: `<store>/images/<fingerprint>/sbom.cdx.json`. */
import path from 'node:path';

/**
 * @param store folder (bakery.yaml `store`, absolute)
 * @param fingerprint `sha256:<64 hex>`
 */
export function sbomFile(store: string, fingerprint: string): string {
  return path.join(store, 'images', fingerprint.replace(/^sha256:/, ''), 'sbom.cdx.json');
}
