/** The SSH port of instances: 22 if this process may bind it, else 20022. */
import { readFileSync } from 'node:fs';

/** Fixed, because every instance has its own address. */
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
