/** Owns the proxy part: the tools that need a proxy get one, each in its own configuration (trap 7). */
import type { ImageInputs, ProxyInputs, ProxyTool } from '../inputs.ts';
import { checkedText, refused } from '../refuse.ts';
import type { Part, RowDraft } from '../script.ts';
import { condaSetting } from './conda.ts';
import { hasIndexes } from './indexes.ts';
import { noProxyOf } from './no-proxy.ts';
import { npmSetting } from './npm.ts';
import { pipSetting } from './pip.ts';
import { setting, wholeFile, type Setting } from './setting.ts';
import { readerStep, settingsPart } from './settings-part.ts';

const ADDRESS = /^https?:\/\/[A-Za-z0-9.-]+:[0-9]{1,5}$/;
const DIRECT = /^[A-Za-z0-9.:/*_-]{1,253}$/;

/**
 * Never in dnf.conf, yum.conf or apt.conf: ParallelCluster's first boot appends to them (T1); repositories are the
 * mirrors step's.
 * @throws BakeError CONFIG_VALUE
 */
export function proxyPart(inputs: ImageInputs): Part {
  const { proxy } = inputs;
  if (!proxy || proxy.tools.length === 0) return { steps: [], rows: [] };
  const expected = 'http://HOST:PORT without a login';
  checkedText(proxy.url, ['proxy', 'https'], ADDRESS, expected);
  refuseUvAlone(proxy);
  const direct = noProxyOf(inputs).map((entry) =>
    checkedText(entry, ['proxy', 'noProxy'], DIRECT, 'a host, .domain or address range'),
  );
  const tools = [...new Set(proxy.tools)];
  const part = settingsPart({
    id: 'proxy',
    title: `proxy: ${proxy.url} for ${tools.join(', ')}`,
    rowTitle: `${tools.join(', ')} go through ${proxy.url}; nothing else in their configuration says otherwise`,
    because: 'a tool without its proxy waits for a connection the firewall drops',
    settings: tools.flatMap((tool) => settingsOf[tool](proxy.url, direct)),
    direct: direct.join(','),
  });
  const reader = hasIndexes(inputs) ? [] : [readerStep];
  return { steps: [...reader, ...part.steps], rows: [...part.rows, globalRow] };
}

const globalRow: RowDraft = {
  id: 'proxy-not-global',
  title: 'no proxy is set for all of dnf, yum or apt',
  because:
    "a node's first boot appends its own line to dnf.conf, yum.conf and apt.conf, and the last one counts",
  command: 'grep -n proxy /etc/dnf/dnf.conf /etc/yum.conf; apt-config dump Acquire',
  expected: 'none, or those of ParallelCluster: empty, _none_, false, DIRECT',
  needs: { programs: ['awk'], after: ['proxy'] },
  template: 'proxy-not-global',
  context: {},
};

/** What each tool reads. `@direct@` is no_proxy, put in on the image: written out in each file it would be too long. */
const settingsOf: Record<ProxyTool, (url: string, direct: readonly string[]) => Setting[]> = {
  // pip has no no_proxy beside its own proxy: whatever it fetches goes through it.
  pip: (url) => [pipSetting(['proxy'], [`proxy = ${url}`])],
  conda: (url) => [condaSetting(['proxy_servers'], ['proxy_servers:', `  http: ${url}`, `  https: ${url}`])],
  npm: (url) => [
    npmSetting(
      ['proxy', 'https-proxy', 'http-proxy', 'noproxy'],
      [`proxy=${url}`, `https-proxy=${url}`, 'noproxy=@direct@'],
    ),
  ],
  git: (url, direct) => [
    setting('git', {
      keys: ['http.proxy'],
      own: ['/etc/gitconfig'],
      beside: ['@/.gitconfig', '@/.config/git/config'],
      lines: ['[http]', `\tproxy = ${url}`, ...direct.flatMap(gitDirect)],
    }),
  ],
  containers: (url) => [
    ...['docker', 'containerd'].map((unit) =>
      wholeFile(`/etc/systemd/system/${unit}.service.d/bakery-proxy.conf`, [
        '# Written by bake.',
        '[Service]',
        ...variables(url).map(([name, value]) => `Environment="${name}=${value}"`),
      ]),
    ),
    wholeFile('/etc/containers/containers.conf.d/zz-bakery-proxy.conf', [
      '# Written by bake: for podman itself; containers get none.',
      '[containers]',
      'http_proxy = false',
      '[engine]',
      `env = [${variables(url)
        .map(([name, value]) => `"${name}=${value}"`)
        .join(', ')}]`,
    ]),
    wholeFile('/etc/enroot/enroot.conf.d/zz-bakery-proxy.conf', [
      '# Written by bake.',
      `http_proxy ${url}`,
      `https_proxy ${url}`,
      'no_proxy @direct@',
    ]),
  ],
  /**
   * Not proxy.sh: a node's bootstrap sources that file, and would go to AWS through the proxy; ParallelCluster
   * appends to it where the cluster has a proxy of its own, which is read after ours and so wins (facts 6).
   */
  shell: (url) => [
    wholeFile('/etc/profile.d/bakery-proxy.sh', [
      '# Written by bake: for people; services and the bootstrap of a node do not read it.',
      ...variables(url).map(([name, value]) => `export ${name}='${value}'`),
    ]),
    wholeFile('/etc/profile.d/bakery-proxy.csh', [
      '# Written by bake: for people; services and the bootstrap of a node do not read it.',
      ...variables(url).map(([name, value]) => `setenv ${name} '${value}'`),
    ]),
  ],
  uv: () => [],
};

/** Both spellings: curl reads http_proxy in lower case only, others the upper one. */
function variables(url: string): [string, string][] {
  const values = [['http_proxy', url], ['https_proxy', url], ['no_proxy', '@direct@']] as const; // prettier-ignore
  return values.flatMap(([name, value]) => [
    [name, value],
    [name.toUpperCase(), value],
  ]);
}

/** An empty proxy for a URL is a direct connection; git's * stands for one label only (git-config, http.<url>.*). */
function gitDirect(entry: string): string[] {
  // Of AWS only what serves git (CodeCommit): each entry is two lines.
  if (!/[a-z]/.test(entry) || /[:/*]|(^|[.])s3[.-]|[.](vpce|api)[.]/.test(entry)) return [];
  const host = entry.startsWith('.') ? `*${entry}` : entry;
  return [`[http "https://${host}/"]`, '\tproxy = ""'];
}

/** uv takes a proxy from the environment only (a setting in uv.toml is an error for every uv before it). */
function refuseUvAlone({ tools }: ProxyInputs): void {
  if (!tools.includes('uv') || tools.includes('shell')) return;
  const expected = 'shell beside uv, which takes a proxy from the environment only';
  throw refused(['proxy', 'for'], expected, 'uv without shell');
}
