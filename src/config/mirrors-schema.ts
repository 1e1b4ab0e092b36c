/** The schemas of `mirrors`, `proxy` and `domain` in bakery.yaml: where an image fetches from, and which domain it joins. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { choice, filePath, list, section, text, truth } from './leaves.ts';

export const layoutNames = ['pulp', 'nexus', 'artifactory', 'reposync', 'aptly', 'custom'] as const;

/** Tools that `proxy.for` accepts in addition to repository ids. */
export const proxyTools = ['pip', 'uv', 'conda', 'npm', 'git', 'containers', 'shell'] as const;

// `$` occurs in the URLs of repositories, as variables of the package manager.
const URL_CHARACTERS = '[A-Za-z0-9._~:/@+,=%$-]';
/** bake cannot check a host that is a variable of the package manager, and `..` would leave the folder of the mirror. */
const isSound = (url: string) =>
  URL.canParse(url) && !new URL(url).hostname.includes('$') && !/\/\.{1,2}(\/|$)/.test(url);
const httpsUrl = (expected: string) =>
  text(expected, new RegExp(`^https://${URL_CHARACTERS}+$`)).refine(isSound, { error: expected });

/** A path below `mirrors.url`, or a whole URL. */
const location = () =>
  text(
    'a path below mirrors.url that starts with /, or an https:// URL without a login, query or spaces',
    new RegExp(`^(?:/|https://(?!/)${URL_CHARACTERS})${URL_CHARACTERS}*$`),
  ).refine((at) => isSound(at.startsWith('/') ? `https://mirror${at}` : at), {
    error: 'a path that starts with / and contains no .., or an https:// URL with a plain host',
  });

const host = () =>
  text(
    'a host name such as github.com',
    /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$/,
  );

const repository = section({
  path: location()
    .optional()
    .describe('The path below url, or a complete URL, if the layout does not match.'),
  gpgKey: filePath('the path of a key file such as certs/mirror.gpg')
    .optional()
    .describe('The key that signs this repository on the mirror, if it differs from the key in the image.'),
  enabled: truth().default(true).describe('false disables the repository in the image.'),
});

export const mirrorsSchema = section({
  layout: choice(layoutNames).describe(
    'The directory layout of the mirror; custom takes every path from repos.',
  ),
  url: httpsUrl('an https:// URL without a login, query or spaces')
    .transform((url) => url.replace(/\/{1,9}$/, ''))
    .describe(
      'The root of the mirror. Only https, and never with a password, which would be baked into the image.',
    ),
  repos: z
    .record(text('a repository id', /^[^\s\0]{1,128}$/), repository, {
      error: 'a map of repository id to { path, gpgKey, enabled }',
    })
    .default({})
    .describe('Settings that differ from the layout, by repository id.'),
  pip: location()
    .optional()
    .describe('The Python index (PEP 503) of pip: a path or a URL, such as /pypi/simple.'),
  uv: location().optional().describe('The Python index of uv, which does not read pip.conf.'),
  conda: section({
    url: location().describe('The URL that all channels are below: the channel alias.'),
    channels: list(
      text('a channel name such as conda-forge', /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/),
      'a list of channels',
    )
      .min(1, { error: 'at least one channel' })
      .default(['conda-forge'])
      .describe('The default channels, by name below url.'),
  })
    .optional()
    .describe('Where conda and mamba take packages from.'),
  npm: location().optional().describe('The npm registry.'),
  cran: location().optional().describe('The CRAN mirror of R.'),
  spack: location().optional().describe('The Spack mirror.'),
  git: z
    .record(host(), location(), { error: 'a map of host to mirror such as { github.com: /git/github }' })
    .optional()
    .describe(
      'Git hosts and the mirrors that replace them, for https://HOST/, git@HOST: and ssh://git@HOST/.',
    ),
  containers: z
    .record(
      host(),
      text(
        'host[:port][/path] such as mirror.corp.example/docker-hub',
        /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(\/[a-z0-9._-]+){0,9}$/,
      ).refine((at) => isSound(`https://${at}`), {
        error: 'a valid host with a port up to 65535, without ..',
      }),
      { error: 'a map of registry to mirror such as { docker.io: mirror.corp.example/docker-hub }' },
    )
    .optional()
    .describe('Container registries and the mirrors that replace them, for podman, docker and enroot.'),
});

export const proxySchema = section({
  // Without a port tools differ: curl uses 1080, others use 80 or 443.
  https: text('http://HOST:PORT without a login', /^https?:\/\/[A-Za-z0-9.-]+:[0-9]{1,5}\/?$/)
    .refine((url) => URL.canParse(url), { error: 'http://HOST:PORT with a port up to 65535' })
    .transform((url) => url.replace(/\/$/, ''))
    .describe('The proxy. Never with a password, which would be baked into the image.'),
  for: list(
    text('a tool or a repository id', /^[^\s\0]{1,128}$/),
    `a list of ${proxyTools.join(', ')} and repository ids`,
  ).describe(
    `What uses the proxy: ${proxyTools.join(', ')}, or a repository id. A proxy for everything is not possible: it does not survive the first boot of a node.`,
  ),
  noProxy: list(
    text(
      'a host, .domain or address range; not *, which disables the proxy',
      /^(?!\*$)[A-Za-z0-9.:/*_-]{1,253}$/,
    ),
    'a list of hosts, .domains and address ranges',
  )
    .default([])
    .describe(
      'What bypasses the proxy, in addition to loopback, instance metadata, AWS endpoints and the mirrors.',
    ),
});

export const domainSchema = section({
  name: host().describe('The DNS name of the Active Directory domain.'),
  ou: text('a distinguished name such as OU=hpc,DC=corp,DC=example', /^(OU|CN|DC)=[^\0\r\n]{1,500}$/i)
    .optional()
    .describe('The organizational unit for computer objects. Default: the default container of the domain.'),
  dns: list(
    text('an IP address', /^[0-9a-fA-F.:]{2,45}$/).refine((address) => isIP(address) !== 0, {
      error: 'an IP address',
    }),
    'a list of IP addresses',
  )
    .default([])
    .describe('DNS servers that resolve the domain. Default: those of the subnet.'),
  join: section({
    secret: text(
      'the ARN of a Secrets Manager secret',
      /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]{1,512}$/,
    ).describe(
      'A Secrets Manager secret with JSON { username, password } or { oneTimePassword }, which each node reads at its first boot.',
    ),
  }).describe('How a node authenticates to the domain.'),
});
