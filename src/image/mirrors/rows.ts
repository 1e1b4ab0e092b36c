/** Owns what must be true of the repositories of a baked image: where they point, and that they are still signed. */
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
  'one public repository left over is a connection the firewall drops, and one unreachable repository fails every install';
const SIGNED = 'a mirror is no reason to trust unsigned packages';

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
      expected: `baseurl below ${origins}, key files of the image`,
      needs: { programs: ['awk'], after: AFTER },
      template: 'mirrors-repos',
      context: { origins },
    },
    {
      id: 'mirrors-ids',
      title: 'repository ids are the ones of the base image',
      because: "ParallelCluster's recipes switch repositories on by id",
      command: "grep -H '^\\[' /etc/yum.repos.d/*.repo",
      expected: 'the ids of /opt/bakery/originals/etc/yum.repos.d, each in its file',
      needs: { programs: ['awk'], after: AFTER },
      template: 'mirrors-ids',
      context: {},
    },
    {
      id: 'mirrors-gpgcheck',
      title: 'packages are still checked against their signature',
      because: SIGNED,
      command: 'grep -i gpgcheck /etc/yum.repos.d/*.repo /etc/yum.conf',
      expected: 'gpgcheck=1, and never sslverify=0',
      needs: { programs: ['awk'], after: AFTER },
      template: 'mirrors-gpgcheck',
      context: {},
    },
    {
      id: 'mirrors-effective',
      title: `${os.packageTool} itself would contact nothing but the mirror`,
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
      title: 'cloud-init takes no updates at first boot',
      because: 'Amazon Linux installs security updates at the first boot of every instance otherwise',
      command: 'grep -r repo_upgrade /etc/cloud/cloud.cfg /etc/cloud/cloud.cfg.d',
      expected: 'repo_upgrade: none in the file that sorts last',
      needs: { programs: ['awk'], after: POLICY },
      template: 'mirrors-cloud-init',
      context: { key: 'repo_upgrade', value: 'none' },
    },
  ];
}

/** Only images of Red Hat's own repositories have it. */
function pluginRow(os: Os): RowDraft[] {
  if (!os.repositories.some(({ file }) => file.includes('rhui'))) return [];
  return [
    {
      id: 'mirrors-plugin',
      title: "RHUI's plug-in is off",
      because: "it signs requests with the instance's identity, and fails where it cannot",
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
    because: 'a proxy of a single repository stays, whatever the first boot appends to dnf.conf',
    command: "grep -E '^(\\[|proxy)' /etc/yum.repos.d/*.repo",
    expected: `proxy=${proxy.url} in each of them that the image has`,
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
      title: 'every source of apt is on the mirror',
      because: LEAK,
      command: "grep -rE '^(deb|URIs)' /etc/apt/sources.list /etc/apt/sources.list.d",
      expected: `URIs below ${origins}`,
      needs: { programs: ['awk'], after: AFTER },
      template: 'mirrors-sources',
      context: { origins },
    },
    {
      id: 'mirrors-gpgcheck',
      title: 'packages are still checked against their signature',
      because: SIGNED,
      command: "grep -riE 'trusted|allow-insecure|allow-weak' /etc/apt/sources.list /etc/apt/sources.list.d",
      expected: 'no source that is trusted unsigned',
      needs: { programs: ['grep'], after: AFTER },
      template: 'mirrors-signed',
      context: {},
    },
    {
      id: 'mirrors-effective',
      title: 'apt itself would contact nothing but the mirror',
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
      because: 'it writes the public ones again on every new instance otherwise',
      command: 'grep -r preserve_sources_list /etc/cloud/cloud.cfg /etc/cloud/cloud.cfg.d',
      expected: 'preserve_sources_list: true in the file that sorts last',
      needs: { programs: ['awk'], after: POLICY },
      template: 'mirrors-cloud-init',
      context: { key: 'preserve_sources_list', value: 'true' },
    },
    {
      id: 'mirrors-periodic',
      title: 'apt does nothing by itself',
      because: 'unattended upgrades change nodes under running jobs and take the package lock',
      command: 'apt-config dump APT::Periodic',
      expected: 'Enable, Update-Package-Lists and Unattended-Upgrade "0"',
      needs: { family: ['apt-config'], after: POLICY },
      template: 'mirrors-periodic',
      context: {},
    },
    {
      id: 'mirrors-units',
      title: 'nothing looks for updates, news or offers by itself',
      because: 'each of those timers is a connection the firewall drops, from every node',
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
    title: 'apt reaches each host of the mirror the way bakery.yaml says',
    because: 'a proxy of a single host stays, whatever the first boot appends to apt.conf',
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
      title: 'no login is left in a repository file or its original',
      because: 'whoever may start the image could read it',
      command:
        "grep -rE '://[^/ ]*@|^ *password' /etc/yum.repos.d /etc/apt/sources.list* /opt/bakery/originals",
      expected: 'nothing',
      needs: { programs: ['grep'], after: AFTER },
      template: 'mirrors-credentials',
      context: {},
    },
    {
      id: 'mirrors-no-proxy',
      title: 'no proxy for everything is set',
      because: "a node's first boot would undo it, and until then it stands between the image and the mirror",
      command: rhel
        ? 'grep proxy /etc/dnf/dnf.conf /etc/yum.conf'
        : 'grep -r Acquire::http /etc/apt/apt.conf*',
      expected: 'nothing, or an empty one',
      needs: { programs: ['awk'], after: AFTER },
      template: rhel ? 'mirrors-no-proxy-rpm' : 'mirrors-no-proxy-apt',
      context: {},
    },
    {
      id: 'mirrors-answer',
      title: `each repository that is on answers ${tool} with its metadata`,
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
      title: "the mirror's own keys are there",
      because: 'without them signed packages are refused',
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
