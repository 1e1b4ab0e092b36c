/** Builds the rows for the repositories of a baked image: where they point, and that signatures are still checked. */
import type { Os } from '../../os/os.ts';
import { sha256 } from '../../util/sha256.ts';
import type { ProxyInputs } from '../inputs.ts';
import type { RowDraft } from '../script.ts';
import { keysOf, type MirrorPlan } from './plan.ts';
import { aptProxies } from './proxies.ts';
import { quietUnits } from './units.ts';

const AFTER = ['mirrors'];
const POLICY = ['mirrors-policy'];
const LEAK =
  'the firewall drops connections to public repositories, and one unreachable repository makes every install fail';
const SIGNED = 'packages from a mirror must be signed like all others';

export function rowsOfMirrors(os: Os, plan: MirrorPlan, proxy: ProxyInputs | undefined): RowDraft[] {
  const family = os.family === 'rhel' ? rhelRows(os, plan, proxy) : debianRows(plan, proxy);
  return [...keysRow(plan), ...family, ...commonRows(os, plan)];
}

function rhelRows(os: Os, plan: MirrorPlan, proxy: ProxyInputs | undefined): RowDraft[] {
  const origins = plan.origins.join(' ');
  const yum = os.packageTool === 'yum';
  const proxied = plan.repositories.filter((one) => one.proxied).map(({ id }) => id);
  return [
    {
      id: 'mirrors-repos',
      title: 'every URL of every repository file is on the mirror; no mirrorlist, no metalink',
      because: LEAK,
      command: "grep -E '^(baseurl|mirrorlist|metalink|gpgkey)' /etc/yum.repos.d/*.repo",
      expected: `baseurl below ${origins}, gpgkey files of the image`,
      needs: { programs: ['awk'], after: AFTER },
      template: 'mirrors-repos',
      context: { origins },
    },
    {
      id: 'mirrors-ids',
      title: 'repository ids are those of the base image',
      because: "ParallelCluster's recipes enable repositories by id",
      command: "grep -H '^\\[' /etc/yum.repos.d/*.repo",
      expected: 'the ids of /opt/bakery/originals/etc/yum.repos.d, each in the same file',
      needs: { programs: ['awk'], after: AFTER },
      template: 'mirrors-ids',
      context: {},
    },
    {
      id: 'mirrors-gpgcheck',
      title: 'the package manager still checks signatures',
      because: SIGNED,
      command: 'grep -i gpgcheck /etc/yum.repos.d/*.repo /etc/yum.conf',
      expected: 'gpgcheck=1, and nowhere sslverify=0',
      needs: { programs: ['awk'], after: AFTER },
      template: 'mirrors-gpgcheck',
      context: {},
    },
    {
      id: 'mirrors-effective',
      title: `the effective configuration of ${os.packageTool} names only the mirror`,
      because: LEAK,
      command: yum ? 'yum-config-manager' : "dnf config-manager --dump '*'",
      expected: `baseurl below ${origins}, no mirrorlist, no metalink`,
      needs: { programs: ['awk'], family: [yum ? 'yum-config-manager' : 'dnf'], after: AFTER },
      template: 'mirrors-effective-rpm',
      context: { origins, yum },
    },
    ...pluginRow(os),
    ...(proxied.length === 0 || !proxy ? [] : [repositoryProxyRow(proxied, proxy)]),
    {
      id: 'mirrors-updates',
      title: 'cloud-init installs no updates at first boot',
      because: 'by default, Amazon Linux installs security updates at the first boot of every instance',
      command: 'grep -r repo_upgrade /etc/cloud/cloud.cfg /etc/cloud/cloud.cfg.d',
      expected: 'repo_upgrade: none in the file that sorts last',
      needs: { programs: ['awk'], after: POLICY },
      template: 'mirrors-cloud-init',
      context: { key: 'repo_upgrade', value: 'none' },
    },
  ];
}

/** Only images with Red Hat's own repositories have the plug-in. */
function pluginRow(os: Os): RowDraft[] {
  if (!os.repositories.some(({ file }) => file.includes('rhui'))) return [];
  return [
    {
      id: 'mirrors-plugin',
      title: "RHUI's plug-in is off",
      because: "it signs requests with the instance's identity, and fails without instance metadata",
      command: 'cat /etc/dnf/plugins/amazon-id.conf',
      expected: 'enabled=0, or no such file',
      needs: { programs: ['awk'], after: AFTER },
      template: 'mirrors-plugin',
      context: {},
    },
  ];
}

function repositoryProxyRow(ids: readonly string[], proxy: ProxyInputs): RowDraft {
  return {
    id: 'mirrors-proxy',
    title: `through the proxy: ${ids.join(', ')}`,
    because: 'a proxy of a repository still applies after the first boot appends a proxy to dnf.conf',
    command: "grep -E '^(\\[|proxy)' /etc/yum.repos.d/*.repo",
    expected: `proxy=${proxy.url} in each of these repositories that the image has`,
    needs: { programs: ['awk'], after: AFTER },
    template: 'mirrors-proxy-rpm',
    context: { ids: ids.join(' '), proxy: proxy.url },
  };
}

function debianRows(plan: MirrorPlan, proxy: ProxyInputs | undefined): RowDraft[] {
  const origins = plan.origins.join(' ');
  const proxies = aptProxies(plan, proxy);
  return [
    {
      id: 'mirrors-repos',
      title: 'every apt source is on the mirror',
      because: LEAK,
      command: "grep -rE '^(deb|URIs)' /etc/apt/sources.list /etc/apt/sources.list.d",
      expected: `URIs below ${origins}`,
      needs: { programs: ['awk'], after: AFTER },
      template: 'mirrors-sources',
      context: { origins },
    },
    {
      id: 'mirrors-gpgcheck',
      title: 'the package manager still checks signatures',
      because: SIGNED,
      command: "grep -riE 'trusted|allow-insecure|allow-weak' /etc/apt/sources.list /etc/apt/sources.list.d",
      expected: 'no source that skips signature checks',
      needs: { programs: ['grep'], after: AFTER },
      template: 'mirrors-signed',
      context: {},
    },
    {
      id: 'mirrors-effective',
      title: 'the effective configuration of apt names only the mirror',
      because: LEAK,
      command: 'apt-get update --print-uris',
      expected: `URIs below ${origins}`,
      needs: { programs: ['awk'], family: ['apt-get'], after: AFTER },
      template: 'mirrors-effective-apt',
      context: { origins },
    },
    ...(proxies.length === 0 ? [] : [hostProxyRow(proxies)]),
    {
      id: 'mirrors-cloud-init',
      title: 'cloud-init keeps the sources of the image',
      because: 'by default, it writes the public sources again on every new instance',
      command: 'grep -r preserve_sources_list /etc/cloud/cloud.cfg /etc/cloud/cloud.cfg.d',
      expected: 'preserve_sources_list: true in the file that sorts last',
      needs: { programs: ['awk'], after: POLICY },
      template: 'mirrors-cloud-init',
      context: { key: 'preserve_sources_list', value: 'true' },
    },
    {
      id: 'mirrors-periodic',
      title: 'apt runs no periodic jobs',
      because: 'unattended upgrades change nodes while jobs run, and hold the package lock',
      command: 'apt-config dump APT::Periodic',
      expected: 'Enable, Update-Package-Lists and Unattended-Upgrade "0"',
      needs: { family: ['apt-config'], after: POLICY },
      template: 'mirrors-periodic',
      context: {},
    },
    {
      id: 'mirrors-units',
      title: 'no timer looks for updates, news or offers',
      because: 'each of these timers makes every node open a connection that the firewall drops',
      command: 'ls -l /etc/systemd/system',
      expected: `masked: ${quietUnits.join(' ')}; ENABLED=0 in motd-news`,
      needs: { programs: ['grep'], after: POLICY },
      template: 'mirrors-units',
      context: { units: quietUnits.map((unit) => ({ unit })) },
    },
  ];
}

function hostProxyRow(proxies: { host: string; proxy: string }[]): RowDraft {
  const wanted = proxies.map(({ host, proxy }) => `Acquire::https::Proxy::${host} "${proxy}";`);
  return {
    id: 'mirrors-proxy',
    title: 'apt reaches each host of the mirror directly or through the proxy, as configured in bakery.yaml',
    because: 'a proxy of a host still applies after the first boot appends a proxy to apt.conf',
    command: 'apt-config dump Acquire::https::Proxy',
    expected: wanted.join(' '),
    needs: { family: ['apt-config'], after: AFTER },
    template: 'mirrors-proxy-apt',
    context: { wanted: wanted.map((line) => ({ line })) },
  };
}

function commonRows(os: Os, plan: MirrorPlan): RowDraft[] {
  const rhel = os.family === 'rhel';
  const tool = os.packageTool === 'apt' ? 'apt-get' : os.packageTool;
  const refresh = { apt: 'apt-get update', dnf: 'dnf makecache', yum: 'yum makecache fast' }[os.packageTool];
  return [
    {
      id: 'mirrors-credentials',
      title: 'no repository file or recorded original contains a login',
      because: 'anyone who can start the image could read it',
      command:
        "grep -rE '://[^/ ]*@|^ *password' /etc/yum.repos.d /etc/apt/sources.list* /opt/bakery/originals",
      expected: 'nothing',
      needs: { programs: ['grep'], after: AFTER },
      template: 'mirrors-credentials',
      context: {},
    },
    {
      id: 'mirrors-no-proxy',
      title: 'no global proxy is set',
      because: "a node's first boot would override it, and until then the mirror would be reached through it",
      command: rhel
        ? 'grep proxy /etc/dnf/dnf.conf /etc/yum.conf'
        : 'grep -r Acquire::http /etc/apt/apt.conf*',
      expected: 'nothing, or an empty value',
      needs: { programs: ['awk'], after: AFTER },
      template: rhel ? 'mirrors-no-proxy-rpm' : 'mirrors-no-proxy-apt',
      context: {},
    },
    {
      id: 'mirrors-answer',
      title: `${tool} reads the metadata of each enabled repository`,
      because: LEAK,
      command: refresh,
      expected: `metadata of every enabled repository, from ${plan.origins.join(' ')}`,
      needs: { family: [tool], after: ['preflight', 'mirrors'], network: true },
      template: rhel ? 'mirrors-answer-rpm' : 'mirrors-answer-apt',
      context: rhel ? { yum: os.packageTool === 'yum' } : {},
    },
  ];
}

function keysRow(plan: MirrorPlan): RowDraft[] {
  const files = keysOf(plan);
  if (files.length === 0) return [];
  return [
    {
      id: 'mirrors-keys',
      title: "the image has the mirror's own keys",
      because: 'without them, the package manager refuses signed packages',
      command: `sha256sum ${files.map(({ path }) => path).join(' ')}`,
      expected: files.map(({ path, content }) => `${sha256(content)} ${path}`).join(', '),
      needs: { after: ['mirrors-keys'] },
      template: 'files',
      context: {
        files: files.map(({ path, content }) => ({ path, mode: '644', sha256: sha256(content) })),
      },
    },
  ];
}
