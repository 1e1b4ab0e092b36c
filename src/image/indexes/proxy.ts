/** Builds the proxy part: configures a proxy for each tool that needs one, in the tool's own configuration. */
import type { ImageInputs, ProxyInputs, ProxyTool } from '../inputs.ts';
import { checkedText, refused } from '../refuse.ts';
import type { ImagePart, RowDraft } from '../script.ts';
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
 * The proxy is never set in dnf.conf, yum.conf or apt.conf, because ParallelCluster's user data appends its own proxy
 * line to them at every boot of a node
 * (aws/aws-parallelcluster:cli/src/pcluster/resources/compute_node/user_data.sh at v3.9.3). The mirrors step sets the
 * proxy of repositories.
 * @throws BakeError CONFIG_VALUE
 */
export function proxyPart(inputs: ImageInputs): ImagePart {
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
    rowTitle: `${tools.join(', ')} use the proxy ${proxy.url}, and no configuration file overrides it`,
    because: 'a tool without its proxy waits for a connection that the firewall drops',
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
    "a node's first boot appends its own line to dnf.conf, yum.conf and apt.conf, and the last line counts",
  command: 'grep -n proxy /etc/dnf/dnf.conf /etc/yum.conf; apt-config dump Acquire',
  expected: "none, or ParallelCluster's own values: empty, _none_, false, DIRECT",
  needs: { programs: ['awk'], after: ['proxy'] },
  template: 'proxy-not-global',
  context: {},
};

/** What each tool reads. The step replaces `@direct@` with no_proxy: the list is too long to repeat in each file. */
const settingsOf: Record<ProxyTool, (url: string, direct: readonly string[]) => Setting[]> = {
  // pip ignores no_proxy if it has a proxy of its own: every download uses the proxy.
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
      '# Written by bake: for podman itself; its containers get no proxy.',
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
   * Not in proxy.sh: a node's bootstrap sources that file and would then call AWS through the proxy. If the cluster has
   * its own proxy, ParallelCluster appends it to proxy.sh, which shells read after our file, so the cluster's proxy
   * wins (user_data.sh, as above).
   */
  shell: (url) => [
    wholeFile('/etc/profile.d/bakery-proxy.sh', [
      '# Written by bake: for login shells; services and the bootstrap of a node do not read it.',
      ...variables(url).map(([name, value]) => `export ${name}='${value}'`),
    ]),
    wholeFile('/etc/profile.d/bakery-proxy.csh', [
      '# Written by bake: for login shells; services and the bootstrap of a node do not read it.',
      ...variables(url).map(([name, value]) => `setenv ${name} '${value}'`),
    ]),
  ],
  uv: () => [],
};

/** Both spellings: curl reads http_proxy in lower case only, other programs in upper case. */
function variables(url: string): [string, string][] {
  const values = [['http_proxy', url], ['https_proxy', url], ['no_proxy', '@direct@']] as const; // prettier-ignore
  return values.flatMap(([name, value]) => [
    [name, value],
    [name.toUpperCase(), value],
  ]);
}

/** An empty proxy means a direct connection; git's * matches one label only (git-config(1), http.<url>.*). */
function gitDirect(entry: string): string[] {
  // Each entry adds two lines, so of the AWS names only those that can serve git (CodeCommit) are kept.
  if (!/[a-z]/.test(entry) || /[:/*]|(^|[.])s3[.-]|[.](vpce|api)[.]/.test(entry)) return [];
  const host = entry.startsWith('.') ? `*${entry}` : entry;
  return [`[http "https://${host}/"]`, '\tproxy = ""'];
}

/** uv reads a proxy from the environment only: older versions reject a proxy setting in uv.toml. */
function refuseUvAlone({ tools }: ProxyInputs): void {
  if (!tools.includes('uv') || tools.includes('shell')) return;
  const expected = 'shell beside uv, which takes a proxy from the environment only';
  throw refused(['proxy', 'for'], expected, 'uv without shell');
}
