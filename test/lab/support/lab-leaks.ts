/** Reads the counters of packets that tried to leave a lab from the nft rules of lab-space.sh. */
import { call } from './lab-run.ts';

export interface Leak {
  /** `192.0.2.1:443/tcp`, `10.0.0.2:53/udp`, `192.0.2.1/icmp`; packets to the mirror that are not TCP also count. */
  to: string;
  packets: number;
}

interface Listing {
  nftables: { set?: { name: string; elem?: Element[] } }[];
}

interface Element {
  elem: { val: { concat: (string | number)[] }; counter: { packets: number } };
}

const SETS = ['seen4', 'seen6', 'other4', 'other6'];

export async function readLeaks(namespace: string): Promise<Leak[]> {
  const json = await call('ip', ['netns', 'exec', namespace, 'nft', '-j', 'list', 'table', 'inet', 'lab']);
  const { nftables } = JSON.parse(json) as Listing;
  return nftables
    .flatMap(({ set }) => set?.elem ?? [])
    .map(({ elem: { val, counter } }) => ({ to: destination(val.concat), packets: counter.packets }))
    .sort((a, b) => (a.to < b.to ? -1 : 1));
}

function destination([address = '', protocol = '', port]: (string | number)[]): string {
  return port === undefined ? `${address}/${protocol}` : `${address}:${port}/${protocol}`;
}

export async function forgetLeaks(namespace: string): Promise<void> {
  const flush = SETS.map((set) => `flush set inet lab ${set}`).join('; ');
  await call('ip', ['netns', 'exec', namespace, 'nft', flush]);
}
