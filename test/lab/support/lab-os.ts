/** The list of operating systems that the lab serves and has root filesystems for: all current ones. */
import { findOs } from '../../../src/os/index.ts';
import type { Os } from '../../../src/os/os.ts';

export const osIds = [
  'alinux2',
  'alinux2023',
  'rhel8',
  'rhel9',
  'rocky8',
  'rocky9',
  'ubuntu2004',
  'ubuntu2204',
  'ubuntu2404',
] as const;

export function listOs(): Os[] {
  return osIds.map(osOf);
}

/** @throws Error if the lab does not have this OS */
export function osOf(id: string): Os {
  const os = findOs(id);
  if (!os) throw new Error(`the lab has no OS ${id}`);
  return os;
}
