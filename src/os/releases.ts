/**
 * The table of ParallelCluster 3 releases and Regions.
 * Releases: the published aws-parallelcluster packages, and github.com/aws/aws-parallelcluster/releases for 3.16.2
 * and 3.16.3. Regions: docs.aws.amazon.com/parallelcluster/latest/ug/supported-regions-v3.html.
 */

export const releases: readonly string[] = [
  '3.0.0', '3.0.1', '3.0.2', '3.0.3',
  '3.1.1', '3.1.2', '3.1.3', '3.1.4', '3.1.5',
  '3.2.0', '3.2.1', '3.3.0', '3.3.1', '3.4.0', '3.4.1', '3.5.0', '3.5.1', '3.6.0', '3.6.1',
  '3.7.0', '3.7.1', '3.7.2', '3.8.0', '3.9.0', '3.9.1', '3.9.2', '3.9.3', '3.10.0', '3.10.1',
  '3.11.0', '3.11.1', '3.12.0', '3.13.0', '3.13.1', '3.13.2', '3.14.0', '3.14.1', '3.14.2',
  '3.15.0', '3.15.1', '3.16.0', '3.16.1', '3.16.2', '3.16.3',
]; // prettier-ignore

export const newestRelease: string = releases.at(-1) as string;

/** Region → the first release with images there ('3.0.0': all releases). */
export const supportedRegions: Readonly<Record<string, string>> = {
  'af-south-1': '3.0.0', 'ap-east-1': '3.0.0', 'ap-northeast-1': '3.0.0', 'ap-northeast-2': '3.0.0',
  'ap-south-1': '3.0.0', 'ap-southeast-1': '3.0.0', 'ap-southeast-2': '3.0.0', 'ap-southeast-3': '3.0.0',
  'ap-southeast-5': '3.13.0', 'ap-southeast-7': '3.13.0', 'ca-central-1': '3.0.0', 'cn-north-1': '3.0.0',
  'cn-northwest-1': '3.0.0', 'eu-central-1': '3.0.0', 'eu-north-1': '3.0.0', 'eu-south-1': '3.0.0',
  'eu-west-1': '3.0.0', 'eu-west-2': '3.0.0', 'eu-west-3': '3.0.0', 'il-central-1': '3.8.0',
  'me-south-1': '3.0.0', 'sa-east-1': '3.0.0', 'us-east-1': '3.0.0', 'us-east-2': '3.0.0',
  'us-west-1': '3.0.0', 'us-west-2': '3.0.0', 'us-gov-east-1': '3.0.0', 'us-gov-west-1': '3.0.0',
  'us-iso-east-1': '3.0.0', 'us-isob-east-1': '3.0.0',
}; // prettier-ignore

/** Compares x.y.z versions by number: negative if `a` is older. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]];
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The AWS partition of a Region (AWS General Reference, "Amazon Resource Names"). */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  if (region.startsWith('us-isob-')) return 'aws-iso-b';
  if (region.startsWith('us-iso-')) return 'aws-iso';
  return 'aws';
}
