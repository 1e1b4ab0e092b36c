/**
 * Owns the way out: the corporate proxy and the corporate CA of the place bake runs in. The SDK reads neither
 * HTTPS_PROXY nor AWS_CA_BUNDLE by itself (AWS SDK for JavaScript developer guide, "Configure proxies for Node.js").
 */
import { readFileSync } from 'node:fs';
import { Agent, type AgentOptions } from 'node:https';
import { createSecureContext, DEFAULT_CIPHERS, rootCertificates } from 'node:tls';
import { HttpsProxyAgent } from 'hpagent';
import { BakeError } from '../errors/bake-error.ts';

type Env = Readonly<Record<string, string | undefined>>;

const OPTIONS: AgentOptions = { keepAlive: true, maxSockets: 50 };

/**
 * The agent for HTTPS to AWS.
 * @param trust PEM certificates of bakery.yaml, trusted beside the public roots or AWS_CA_BUNDLE
 * @param ciphers OpenSSL's list, best first; servers without a wish of their own follow it
 * @throws BakeError FILE_UNREADABLE, PROXY_ADDRESS
 */
export function httpsAgent(env: Env, trust: readonly string[], ciphers: string = DEFAULT_CIPHERS): Agent {
  const ca = trustedBy(env, trust);
  // Made once: parsing the roots anew for each connection costs tens of milliseconds.
  const options =
    ca === undefined
      ? { ...OPTIONS, ciphers }
      : { ...OPTIONS, secureContext: createSecureContext({ ca, ciphers }) };
  const proxy = variable(env, 'HTTPS_PROXY');
  return proxy === undefined
    ? new Agent(options)
    : proxied(proxyUrl(proxy), variable(env, 'NO_PROXY') ?? '', options);
}

/** What TLS trusts, or undefined for Node's own choice (which includes NODE_EXTRA_CA_CERTS). */
export function trustedBy(env: Env, trust: readonly string[]): string[] | undefined {
  const bundle = variable(env, 'AWS_CA_BUNDLE');
  if (bundle !== undefined) return [read(bundle, 'AWS_CA_BUNDLE'), ...trust];
  if (trust.length === 0) return undefined;
  // Saying anything replaces Node's choice, so the whole of it is said.
  const extra = variable(env, 'NODE_EXTRA_CA_CERTS');
  return [
    ...rootCertificates,
    ...(extra === undefined ? [] : [read(extra, 'NODE_EXTRA_CA_CERTS')]),
    ...trust,
  ];
}

function proxied(proxy: string, noProxy: string, options: AgentOptions): Agent {
  const direct = new Agent(options);
  const agent = new HttpsProxyAgent({ ...options, proxy });
  const tunnel = agent.createConnection.bind(agent);
  agent.createConnection = (to, done) =>
    goesDirect(to.host ?? '', to.port ?? undefined, noProxy)
      ? direct.createConnection(to, done)
      : tunnel(to, done);
  return agent;
}

/**
 * Whether NO_PROXY names the host: `*`, a name with all below it (with or without a leading dot or `*.`), an address,
 * each optionally with a port. Source: the common ground of curl, wget and Go (golang.org/x/net/http/httpproxy).
 */
export function goesDirect(host: string, port: number | string | undefined, noProxy: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const [, wanted = '', itsPort] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(entry) ?? [];
      if (itsPort !== undefined && String(port ?? 443) !== itsPort) return false;
      const suffix = wanted.replace(/^\*?\./, '');
      return name === suffix || name.endsWith(`.${suffix}`);
    });
}

/** Checked before the first call: a proxy address that cannot work shows as a time-out otherwise. */
function proxyUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '') return url.href;
  throw new BakeError('PROXY_ADDRESS', { found: text.replace(/\/\/[^@/]*@/, '//***@') });
}

/** Both spellings are in use; the lower-case one wins as in curl. */
function variable(env: Env, name: string): string | undefined {
  const value = env[name.toLowerCase()] ?? env[name];
  return value === '' ? undefined : value;
}

function read(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new BakeError('FILE_UNREADABLE', { path, reason: `${what}: ${(error as Error).message}` });
  }
}
