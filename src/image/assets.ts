/** Owns the assets part: prefetched files at their place in the image, and a manifest of them. */
import { sha256 } from '../util/sha256.ts';
import path from 'node:path';
import { BakeError } from '../errors/bake-error.ts';
import type { ImageAsset, ImageInputs } from './inputs.ts';
import { slug, withOwnIds, type Part } from './script.ts';

const MANIFEST = '/opt/bakery/assets.json';

/** @throws BakeError CONFIG_VALUE, ASSET_DIGEST */
export function assetsPart({ assets }: ImageInputs): Part {
  if (assets.length === 0) return { steps: [], rows: [] };
  const each = withOwnIds(
    assets.map((asset) => ({ id: `asset-${slug(asset.name)}`, asset, bytes: checked(asset) })),
  );
  const manifest = `${JSON.stringify({ assets: assets.map(({ name, path: at, mode, sha256: digest }) => ({ name, path: at, mode, sha256: digest })) }, null, 2)}\n`;
  const manifestFile = {
    path: MANIFEST,
    mode: '644',
    sha256: sha256(manifest),
  };
  return {
    steps: [
      ...each.map(({ id, asset, bytes }) => {
        const { path: at, sha256: digest } = asset;
        return {
          id,
          title: `assets: ${asset.name} to ${at}`,
          needs: {},
          template: 'asset',
          context: { path: at, mode: plainMode(asset), sha256: digest, content: bytes },
        };
      }),
      {
        id: 'assets-manifest',
        title: `assets: manifest of ${assets.length}`,
        needs: {},
        template: 'assets-manifest',
        context: { manifest },
      },
    ],
    rows: [
      ...each.map(({ id, asset }) => ({
        id,
        title: `${asset.path} is the asset ${asset.name}`,
        because: 'nodes cannot fetch it from where it came from',
        command: `sha256sum ${asset.path}`,
        expected: `sha256 ${asset.sha256}, mode ${asset.mode}`,
        needs: { after: [id] },
        template: 'files',
        context: { files: [{ path: asset.path, mode: plainMode(asset), sha256: asset.sha256 }] },
      })),
      {
        id: 'assets-manifest',
        title: 'the manifest of assets is there',
        because: 'later checks of a running node start from it',
        command: `sha256sum ${MANIFEST}`,
        expected: `sha256 ${manifestFile.sha256}`,
        needs: { after: ['assets-manifest'] },
        template: 'files',
        context: { files: [manifestFile] },
      },
    ],
  };
}

/** As stat prints it: without leading zeros. */
function plainMode(asset: ImageAsset): string {
  return Number.parseInt(asset.mode, 8).toString(8);
}

function checked(asset: ImageAsset): Uint8Array {
  const bytes = Buffer.from(asset.content, 'base64');
  const found = sha256(bytes);
  if (found !== asset.sha256)
    throw new BakeError('ASSET_DIGEST', { name: asset.name, expected: asset.sha256, found });
  const at = asset.path;
  if (!at.startsWith('/') || at !== path.posix.normalize(at) || at.endsWith('/') || at.includes('\0')) {
    const expected = 'an absolute path of a file, without "..", such as /opt/site/tool';
    throw new BakeError('CONFIG_VALUE', {
      path: `asset ${asset.name}: path`,
      expected,
      found: JSON.stringify(at),
    });
  }
  if (!/^[0-7]{3,4}$/.test(asset.mode)) {
    throw new BakeError('CONFIG_VALUE', {
      path: `asset ${asset.name}: mode`,
      expected: 'a mode such as 0644',
      found: asset.mode,
    });
  }
  return bytes;
}
