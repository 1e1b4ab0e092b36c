/** Lists the servers that an image downloads from: a firewall must allow them, and the preflight step contacts them. */
import type { ImageInputs, ProxyTool } from '../inputs.ts';
import { planMirrors } from './plan.ts';
import { urlOrigin } from './urls.ts';

export interface MirrorOrigin {
  /** https://host[:port]/ */
  url: string;
  /** URL of its proxy; undefined: it is reached directly. */
  via: string | undefined;
  /** What is downloaded from it: repository ids, pip, git github.com, … */
  uses: string[];
}

interface Use {
  url: string;
  what: string;
  proxied: boolean;
}

/** These ignore no_proxy: pip's `proxy`, and git's `http.proxy` without the variable. */
const ALWAYS_PROXIED: ReadonlySet<ProxyTool> = new Set(['pip', 'git'] as const);

/**
 * Every distinct server that packages, indexes, git and containers come from. A server is listed twice if one use of it
 * is proxied and another is not. Empty if the recipe does not use the mirrors.
 * @throws BakeError MIRROR_LAYOUT, MIRROR_CREDENTIALS, MIRROR_KEY, CONFIG_VALUE
 */
export function originsOf(inputs: ImageInputs): MirrorOrigin[] {
  if (!inputs.recipe.some((step) => 'use' in step && step.use === 'mirrors')) return [];
  const found = new Map<string, MirrorOrigin>();
  for (const { url, what, proxied } of [...repositoryUses(inputs), ...indexUses(inputs)]) {
    const via = proxied ? inputs.proxy?.url : undefined;
    const origin = urlOrigin(url);
    const known = found.get(`${origin} ${via}`) ?? { url: origin, via, uses: [] };
    if (!known.uses.includes(what)) known.uses.push(what);
    found.set(`${origin} ${via}`, known);
  }
  return [...found.values()];
}

function repositoryUses({ os, mirrors, proxy }: ImageInputs): Use[] {
  if (!mirrors) return [];
  return planMirrors(os, mirrors, proxy)
    .repositories.filter(({ action }) => action === 'mirror')
    .map(({ id, url, proxied }) => ({ url, what: id, proxied }));
}

function indexUses({ indexes, proxy }: ImageInputs): Use[] {
  if (!indexes) return [];
  const { pip, uv, conda, npm, cran, spack, git = {}, containers = {} } = indexes;
  const one = (what: string, url: string | undefined, tool?: ProxyTool): Use[] =>
    url === undefined
      ? []
      : [
          {
            url,
            what,
            proxied: tool !== undefined && ALWAYS_PROXIED.has(tool) && proxy?.tools.includes(tool) === true,
          },
        ];
  return [
    ...one('pip', pip, 'pip'),
    ...one('uv', uv, 'uv'),
    ...one('conda', conda?.url, 'conda'),
    ...one('npm', npm, 'npm'),
    ...one('cran', cran),
    ...one('spack', spack),
    ...Object.entries(git).flatMap(([host, url]) => one(`git ${host}`, url, 'git')),
    ...Object.entries(containers).flatMap(([host, at]) =>
      one(`containers ${host}`, `https://${at}`, 'containers'),
    ),
  ];
}
