/**
 * Makes the HTTPS agent with the proxy and the CAs of the network that bake runs in. The SDK itself reads neither
 * HTTPS_PROXY nor AWS_CA_BUNDLE (AWS SDK for JavaScript developer guide, "Configure proxies for Node.js").
 */
import { readFileSync } from 'node:fs';
import { Agent, type AgentOptions } from 'node:https';
import { createSecureContext, DEFAULT_CIPHERS, rootCertificates } from 'node:tls';
import { HttpsProxyAgent } from 'hpagent';
import { BakeError } from '../errors/bake-error.ts';
import type { Env } from '../util/env.ts';

const OPTIONS: AgentOptions = { keepAlive: true, maxSockets: 50 };

/**
 * The agent for HTTPS connections to AWS.
 * @param trust PEM certificates of bakery.yaml, trusted in addition to the public roots or AWS_CA_BUNDLE
 * @param ciphers in the syntax of OpenSSL, best first; servers without a preference of their own follow the order
 * @throws BakeError FILE_UNREADABLE, PROXY_ADDRESS
 */
export function httpsAgent(env: Env, trust: readonly string[], ciphers: string = DEFAULT_CIPHERS): Agent {
  const ca = trustedBy(env, trust);
  // Made once, because parsing the roots for each connection takes tens of milliseconds.
  const options =
    ca === undefined
      ? { ...OPTIONS, ciphers }
      : { ...OPTIONS, secureContext: createSecureContext({ ca, ciphers }) };
  const proxy = variable(env, 'HTTPS_PROXY');
  return proxy === undefined
    ? new Agent(options)
    : proxied(proxyUrl(proxy), variable(env, 'NO_PROXY') ?? '', options);
}

/** The certificates that TLS trusts, or undefined for the default of Node (which includes NODE_EXTRA_CA_CERTS). */
export function trustedBy(env: Env, trust: readonly string[]): string[] | undefined {
  const bundle = variable(env, 'AWS_CA_BUNDLE');
  if (bundle !== undefined) return [read(bundle, 'AWS_CA_BUNDLE'), ...trust];
  if (trust.length === 0) return undefined;
  // A list of CAs replaces the default of Node, so the list must contain that default.
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
 * Whether NO_PROXY matches the host: `*`, a name and all its subdomains (with or without a leading dot or `*.`), or an
 * address, each with an optional port. These are the rules that curl, wget and Go (golang.org/x/net/http/httpproxy) share.
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

/** Checks the address of the proxy before the first call, because a wrong one would only cause a timeout. */
function proxyUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '') return url.href;
  throw new BakeError('PROXY_ADDRESS', { found: text.replace(/\/\/[^@/]*@/, '//***@') });
}

/** Reads the variable in lower case or upper case; lower case wins, as in curl. */
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
