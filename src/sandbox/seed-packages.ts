/** The package lists of the seeded images: last month's versions of a few packages, in the form that images report. */
import { SEED_RUN } from './ids.ts';

/** OS → lines of an inventory (src/sbom/inventory.ts). `lacking`: the list is not complete. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  alinux2: rpms('amzn\t2', '5.10.245-243.979.amzn2.x86_64', '8.3.0-1.amzn2.0.8', '1:1.0.2k-24.amzn2.0.14'),
  alinux2023: rpms('amzn\t2023', '6.1.155-176.282.amzn2023.x86_64', '8.11.1-4.amzn2023.0.1', '1:3.2.2-1.amzn2023.0.1'),
  rocky9: rpms('rocky\t9.6', '5.14.0-570.49.1.el9_6.x86_64', '7.76.1-31.el9', '1:3.2.2-6.el9_5.1'),
  ubuntu2204: debs('ubuntu\t22.04', '6.8.0-1039-aws', '7.81.0-1ubuntu1.20', '3.0.2-0ubuntu1.19'),
}; // prettier-ignore

function rpms(os: string, kernel: string, curl: string, openssl: string): string[] {
  return lines(os, kernel, [`rpm\tcurl\t${curl}\tx86_64`, `rpm\topenssl\t${openssl}\tx86_64`]);
}

function debs(os: string, kernel: string, curl: string, openssl: string): string[] {
  return lines(os, kernel, [`deb\tcurl\t${curl}\tamd64`, `deb\topenssl\t${openssl}\tamd64`]);
}

function lines(os: string, kernel: string, packages: readonly string[]): string[] {
  return [`os\t${os}`, `kernel\t${kernel}`, ...packages, 'lacking\tthe whole list'];
}

/** The inventory of a seeded image; undefined for every other image. @param tags of the image */
export function seededInventory(tags: Readonly<Record<string, string>>): string | undefined {
  if (tags['bakery:run'] !== SEED_RUN) return undefined;
  return LISTS[tags['parallelcluster:os'] ?? '']?.join('\n');
}
