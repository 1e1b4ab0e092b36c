/** Builds the preflight part: before any change, each mirror must answer with a certificate that the CAs accept. */
import { count } from '../../util/count.ts';
import { sha256 } from '../../util/sha256.ts';
import type { ImageInputs } from '../inputs.ts';
import type { ImagePart } from '../script.ts';
import { originsOf, type MirrorOrigin } from './origins.ts';

const RECORD = '/opt/bakery/preflight';

/** @throws BakeError MIRROR_LAYOUT, MIRROR_CREDENTIALS, MIRROR_KEY, CONFIG_VALUE */
export function preflightPart(inputs: ImageInputs): ImagePart {
  const origins = originsOf(inputs);
  if (origins.length === 0) return { steps: [], rows: [] };
  const via = inputs.proxy?.url ?? '';
  const record = origins.map(({ url, via: proxy }) => `${url}${proxy ? ` through ${proxy}` : ''}\n`).join('');
  const servers = count(origins.length, 'server');
  return {
    steps: [
      {
        id: 'preflight',
        title: `preflight: ${servers} must answer before the first change`,
        needs: { programs: ['curl', 'awk'], network: true },
        template: 'preflight',
        context: {
          bundle: inputs.os.trust.bundle,
          ways: waysOf(origins, via),
          record,
          path: RECORD,
        },
      },
    ],
    rows: [
      {
        id: 'preflight',
        title: `${servers} answered over TLS before the first change`,
        because: 'a mirror that cannot be reached, or whose certificate is not trusted, breaks every node',
        command: `cat ${RECORD}`,
        expected: record.trim().replaceAll('\n', ', '),
        needs: { after: ['preflight'] },
        template: 'files',
        context: { files: [{ path: RECORD, mode: '644', sha256: sha256(record) }] },
      },
    ],
  };
}

/** curl uses one proxy for all URLs of a call, so direct and proxied origins need one call each. */
function waysOf(origins: readonly MirrorOrigin[], via: string) {
  const direct = { proxied: false, via: '', origins: origins.filter((origin) => origin.via === undefined) };
  const proxied = { proxied: true, via, origins: origins.filter((origin) => origin.via !== undefined) };
  return [direct, proxied]
    .filter((way) => way.origins.length > 0)
    .map((way) => ({
      ...way,
      origins: way.origins.map(({ url, uses }) => ({ url, uses: uses.join(', ') })),
    }));
}
