/**
 * Builds the rows that prove trust: each runtime opens a TLS connection to a server whose chain ends in a corporate CA.
 */
import type { RowDraft } from '../script.ts';
import { BOOTSTRAP_PROFILE } from './environment.ts';
import { SEARCHED, stores } from './stores.ts';
import type { TrustPlan } from './plan.ts';

/** A runtime. Its template and its row are called `trust-<id>`. */
interface Runtime {
  id: string;
  title: string;
  /** A command that does the same; `URL` is replaced by the server. */
  command: string;
  after: string;
}

const runtimes: readonly Runtime[] = [
  { id: 'curl', title: 'curl', command: 'env -i curl -I URL', after: 'trust-extract' },
  { id: 'wget', title: 'wget', command: 'env -i wget -O /dev/null URL', after: 'trust-extract' },
  {
    id: 'openssl',
    title: 'OpenSSL',
    command: 'env -i openssl s_client -connect HOST',
    after: 'trust-extract',
  },
  { id: 'git', title: 'git', command: 'env -i git ls-remote URL', after: 'trust-extract' },
  {
    id: 'python',
    title: "the OS's Python",
    command: 'env -i python3 -c \'import urllib.request as r; r.urlopen("URL")\'',
    after: 'trust-stores',
  },
  {
    id: 'pyenv',
    title: 'every Python environment of ParallelCluster (ssl, requests, pip, botocore)',
    command:
      'env -i /opt/parallelcluster/pyenv/versions/*/envs/*/bin/python -c \'import requests; requests.get("URL")\'',
    after: 'trust-stores',
  },
  {
    id: 'aws',
    title: 'the AWS CLI',
    command: 'env -i aws s3api list-buckets --no-sign-request --endpoint-url URL',
    after: 'trust-stores',
  },
  {
    id: 'node',
    title: 'Node.js',
    command: `. ${BOOTSTRAP_PROFILE}; node -e 'fetch("URL")'`,
    after: 'trust-settings',
  },
  {
    id: 'java',
    title: 'every Java runtime',
    command: 'env -i java Handshake.java URL',
    after: 'trust-stores',
  },
  {
    id: 'cinc',
    title: 'Cinc',
    command: 'env -i /opt/cinc/embedded/bin/ruby -rnet/http -e \'Net::HTTP.get(URI("URL"))\'',
    after: 'trust-stores',
  },
];

/** One row per runtime; none if no server with a certificate of a corporate CA is known. */
export function handshakeRows({ handshake }: TrustPlan): RowDraft[] {
  if (handshake === undefined) return [];
  const { hostname, host, port } = new URL(handshake);
  return runtimes.map(({ id, title, command, after }) => ({
    id: `trust-${id}`,
    title: `${title} accepts a certificate of the corporate CA`,
    because: 'a correct trust store is useless if the runtime does not read it',
    command: command.replace('URL', handshake).replace('HOST', host),
    expected: 'a TLS handshake, with no CA variables except those that the image sets',
    needs: { network: true, after: [after] },
    template: `trust-${id}`,
    context: {
      url: handshake,
      host: hostname,
      connect: `${hostname}:${port === '' ? 443 : port}`,
      profile: BOOTSTRAP_PROFILE,
      searched: SEARCHED.join(' '),
      patterns: stores.flatMap((store) => (store.follows === 'java' ? store.patterns : [])),
    },
  }));
}
