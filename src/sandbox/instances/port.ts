/** Owns the port that instances answer SSH on: 22 where this process may have it, else one above 1023. */
import { readFileSync } from 'node:fs';

/** For an ordinary user: fixed, since every instance has an address of its own. */
const HIGH_PORT = 20_022;
const LOW_PORT = 22;
/** CAP_NET_BIND_SERVICE (capabilities(7)). */
const BIND_LOW = 10;

/** The same for every instance of this process. */
export function sshPort(): number {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(read('/proc/self/status'))?.[1] ?? '0';
  if ((BigInt(`0x${effective}`) >> BigInt(BIND_LOW)) & 1n) return LOW_PORT;
  const first = Number.parseInt(read('/proc/sys/net/ipv4/ip_unprivileged_port_start'), 10);
  return first <= LOW_PORT ? LOW_PORT : HIGH_PORT;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
