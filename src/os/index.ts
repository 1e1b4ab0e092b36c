/** The registry of operating systems: an explicit list, which a test compares with the files of this folder. */
import type { Os } from './os.ts';
import { alinux2 } from './alinux2.ts';
import { alinux2023 } from './alinux2023.ts';
import { ubuntu2004 } from './ubuntu2004.ts';
import { ubuntu2204 } from './ubuntu2204.ts';
import { ubuntu2404 } from './ubuntu2404.ts';
import { rhel8 } from './rhel8.ts';
import { rhel9 } from './rhel9.ts';
import { rocky8 } from './rocky8.ts';
import { rocky9 } from './rocky9.ts';
import { centos7 } from './centos7.ts';
import { ubuntu1804 } from './ubuntu1804.ts';

export const operatingSystems: readonly Os[] = [
  alinux2,
  alinux2023,
  ubuntu2004,
  ubuntu2204,
  ubuntu2404,
  rhel8,
  rhel9,
  rocky8,
  rocky9,
  centos7,
  ubuntu1804,
];

/** The ids that can be baked, in the order of the registry. */
export const bakeable: readonly string[] = operatingSystems.filter((os) => !os.legacy).map((os) => os.id);

export function findOs(id: string): Os | undefined {
  return operatingSystems.find((os) => os.id === id);
}
