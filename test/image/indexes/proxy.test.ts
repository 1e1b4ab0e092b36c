/** Tests the proxy part: each tool has its own proxy setting, no_proxy is right, and no proxy is global. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { indexesPart } from '../../../src/image/indexes/indexes.ts';
import { noProxyOf } from '../../../src/image/indexes/no-proxy.ts';
import { proxyPart } from '../../../src/image/indexes/proxy.ts';
import type { ProxyTool } from '../../../src/image/inputs.ts';
import { renderRow, renderStep } from '../../../src/image/script.ts';
import { renderComponents } from '../../../src/engines/imagebuilder/components.ts';
import { packagedTemplates } from '../../../src/text/templates.ts';
import { hostile } from '../support/inputs.ts';
import { everyIndex, indexed, inputsWith } from '../support/indexed.ts';

const PROXY = 'http://proxy.corp.example:3128';
const TOOLS: ProxyTool[] = ['pip', 'conda', 'npm', 'git', 'containers', 'shell', 'uv'];

test('all scripts fit into components of Image Builder, even for ten Regions', () => {
  const regions = [
    'us-east-1',
    'us-east-2',
    'us-west-1',
    'us-west-2',
    'eu-west-1',
    'eu-west-2',
    'eu-central-1',
  ];
  const inputs = {
    ...inputsWith(everyIndex, { tools: TOOLS, noProxy: ['.site.example'] }),
    regions: [...regions, 'ap-southeast-1', 'ap-northeast-1', 'sa-east-1'],
  };
  const parts = [indexesPart(inputs), proxyPart(inputs)];
  const steps = parts.flatMap((part) => part.steps.map((draft) => renderStep(draft, packagedTemplates())));
  const rows = parts.flatMap((part) => part.rows.map((draft) => renderRow(draft, packagedTemplates())));
  const { components } = renderComponents(steps, rows, { prefix: 'bakery', label: 'x' });
  expect(components.length).toBeLessThanOrEqual(8);
});

test('there are no steps without a proxy or without a tool', () => {
  for (const inputs of [inputsWith(everyIndex), inputsWith(everyIndex, { tools: [], repos: ['epel'] })])
    expect(proxyPart(inputs)).toEqual({ steps: [], rows: [] });
});

describe('no_proxy', () => {
  const noProxy = noProxyOf(inputsWith(everyIndex, { noProxy: ['.site.example', '10.0.0.0/8'] }));

  test('has loopback, metadata (IPv4 and IPv6), credentials, the VPC, the mirrors and the entries of the user', () => {
    const wanted =
      'localhost 127.0.0.1 ::1 169.254.169.254 fd00:ec2::254 169.254.170.2 .internal .compute.internal .ec2.internal ' +
      'mirror.corp.example git.corp.example hub.corp.example registry.corp.example .site.example 10.0.0.0/8';
    expect(noProxy).toEqual(expect.arrayContaining(wanted.split(' ')));
    expect(new Set(noProxy).size).toBe(noProxy.length);
  });

  test.each([
    ['eu-west-1', 'bucket.s3.dualstack.eu-west-1.amazonaws.com', true],
    ['eu-west-1', 'bucket.s3-eu-west-1.amazonaws.com', true],
    ['eu-west-1', 'vpce-1.ec2.eu-west-1.vpce.amazonaws.com', true],
    ['eu-west-1', 'ec2.eu-west-1.api.aws', true],
    ['eu-west-1', 'bucket.s3.amazonaws.com', false],
    ['eu-west-1', 'bucket.s3.us-west-2.amazonaws.com', false],
    ['eu-west-1', 'github.com', false],
    ['us-east-1', 's3.us-east-1.amazonaws.com', true],
    ['us-east-1', 'bucket.s3.dualstack.us-east-1.amazonaws.com', true],
    ['us-east-1', 'bucket.s3-us-east-1.amazonaws.com', true],
    ['us-east-1', 's3.amazonaws.com', false],
    ['us-east-1', 'fsx-lustre-client-repo.s3.amazonaws.com', false],
    ['us-east-1', 'sts.amazonaws.com', false],
    ['us-east-1', 'awscli.amazonaws.com', false],
    ['us-gov-west-1', 's3.amazonaws.com', false],
    ['us-west-2', 'cdn.amazonlinux.com', false],
    ['us-west-2', 'al2023-repos-us-west-2.s3.dualstack.us-west-2.amazonaws.com', true],
    ['us-gov-west-1', 'sts.us-gov-west-1.amazonaws.com', true],
    ['cn-north-1', 'ec2.cn-north-1.amazonaws.com.cn', true],
    ['us-iso-east-1', 'ec2.us-iso-east-1.c2s.ic.gov', true],
  ])('in %s: %s is direct: %s', (region, host, direct) => {
    const entries = noProxyOf({ ...inputsWith(everyIndex, {}), regions: [region] });
    const matches = (entry: string) => (entry.startsWith('.') ? host.endsWith(entry) : host === entry);
    expect(entries.some(matches)).toBe(direct);
    expect(entries).not.toContain('.amazonaws.com');
  });

  test('has no endpoints without a Region', () => {
    const entries = noProxyOf({ ...inputsWith(undefined, {}), regions: [] });
    expect(entries.filter((entry) => entry.includes('amazonaws'))).toEqual([]);
  });
});

describe('the step', () => {
  const image = indexed(inputsWith(everyIndex, { tools: TOOLS, noProxy: ['.site.example'] }), {
    '/root/.npmrc': 'https-proxy=http://old.example:1\n',
    '/etc/pip.conf': '[global]\n  timeout = 60\n',
  });
  image.steps();

  test.each([
    ['/etc/pip.conf', `  proxy = ${PROXY}\n`],
    ['/etc/conda/.condarc', `proxy_servers:\n  http: ${PROXY}\n  https: ${PROXY}\n`],
    ['/etc/npmrc', `proxy=${PROXY}\nhttps-proxy=${PROXY}\nnoproxy=localhost,`],
    ['/etc/gitconfig', `[http]\n\tproxy = ${PROXY}\n`],
    ['/etc/systemd/system/docker.service.d/bakery-proxy.conf', `Environment="https_proxy=${PROXY}"\n`],
    ['/etc/systemd/system/containerd.service.d/bakery-proxy.conf', 'Environment="no_proxy=localhost,'],
    ['/etc/containers/containers.conf.d/zz-bakery-proxy.conf', `"https_proxy=${PROXY}"`],
    ['/etc/enroot/enroot.conf.d/zz-bakery-proxy.conf', `https_proxy ${PROXY}\n`],
    ['/etc/profile.d/bakery-proxy.sh', `export https_proxy='${PROXY}'\n`],
    ['/etc/profile.d/bakery-proxy.csh', `setenv https_proxy '${PROXY}'\n`],
  ])('writes %s', (file, text) => {
    expect(image.read(file)).toContain(text);
  });

  test('keeps the index settings, and the indexes step keeps the proxy settings', () => {
    expect(image.read('/etc/pip.conf')).toContain('  index-url = https://mirror.corp.example/pypi/simple\n');
    expect(image.read('/root/.npmrc')).toBe('#https-proxy=http://old.example:1\n');
    expect(image.steps()).not.toMatch(/^(written|rewritten|struck|switched)/m);
    for (const row of ['proxy-files', 'indexes-files', 'proxy-not-global'])
      expect(image.row(row).report?.outcome, row).toBe('passed');
  });

  test('does not change the files that ParallelCluster appends to', () => {
    for (const file of ['/etc/profile.d/proxy.sh', '/etc/dnf/dnf.conf', '/etc/yum.conf', '/etc/apt/apt.conf'])
      expect(image.read(file), file).toBeUndefined();
  });

  test('makes git reach the mirror and AWS directly, and other hosts through the proxy', () => {
    const proxyFor = (url: string) =>
      execFileSync(
        'git',
        ['config', '--file', path.join(image.root, 'etc/gitconfig'), '--get-urlmatch', 'http.proxy', url],
        {
          encoding: 'utf8',
        },
      ).trim();
    expect(proxyFor('https://git.corp.example/github/x')).toBe('');
    expect(proxyFor('https://git-codecommit.eu-west-1.amazonaws.com/x')).toBe('');
    expect(proxyFor('https://any.site.example/x')).toBe('');
    expect(proxyFor('https://gitlab.com/x')).toBe(PROXY);
  });

  test('sets the variables of the shell', () => {
    const file = path.join(image.root, 'etc/profile.d/bakery-proxy.sh');
    const output = execFileSync('bash', ['-c', `. '${file}'; echo "$HTTPS_PROXY $no_proxy"`], {
      encoding: 'utf8',
    });
    expect(output).toMatch(new RegExp(`^${PROXY} localhost,.*,[.]eu-west-1[.]amazonaws[.]com,`));
  });
});

test.each([
  ['/etc/npmrc', 'proxy=http://other.example:1\n'],
  ['/root/.config/pip/pip.conf', '[global]\nproxy = http://other.example:1\n'],
  ['/root/.gitconfig', '[http]\n\tproxy = http://other.example:1\n'],
  ['/etc/profile.d/bakery-proxy.sh', 'unset https_proxy\n'],
])('%s with another proxy makes the row fail', (file, text) => {
  const image = indexed(inputsWith(undefined, { tools: TOOLS }));
  image.steps();
  mkdirSync(path.dirname(image.root + file), { recursive: true });
  appendFileSync(image.root + file, text);
  expect(image.row('proxy-files').report?.outcome).toBe('failed');
});

test.each([
  ['/etc/dnf/dnf.conf', '[main]\ngpgcheck=1\nproxy=http://p.example:1\n', 'failed'],
  ['/etc/dnf/dnf.conf', '[main]\nproxy=\n', 'passed'],
  ['/etc/dnf/dnf.conf', '[main]\n[site]\nproxy=http://p.example:1\n', 'passed'],
  ['/etc/yum.conf', '[main]\nproxy=_none_\n', 'passed'],
  ['/etc/apt/apt.conf', 'Acquire::http::Proxy "http://p.example:1";\n', 'failed'],
  ['/etc/apt/apt.conf', 'Acquire::http::Proxy "false";\n', 'passed'],
  ['/etc/apt/apt.conf.d/50site', 'Acquire { https { Proxy "http://p.example:1"; }; };\n', 'failed'],
  ['/etc/apt/apt.conf.d/50site', 'Acquire::https::Proxy::host.example "http://p.example:1";\n', 'passed'],
])('%s with %j: %s', (file, text, outcome) => {
  const image = indexed(inputsWith(undefined, { tools: ['shell'] }));
  mkdirSync(path.dirname(image.root + file), { recursive: true });
  writeFileSync(image.root + file, text);
  expect(image.row('proxy-not-global').report?.outcome).toBe(outcome);
});

test('uv without shell is refused, because uv has no proxy setting', () => {
  expect(() => proxyPart(inputsWith(undefined, { tools: ['uv'] }))).toThrow(/shell beside uv/);
});

test.each(hostile)('%j is refused as a proxy and as a direct host', (text) => {
  expect(() => proxyPart(inputsWith(undefined, { tools: ['shell'], url: `http://p${text}` }))).toThrow(
    /expected/,
  );
  expect(() => proxyPart(inputsWith(undefined, { tools: ['shell'], noProxy: [text] }))).toThrow(/expected/);
});
