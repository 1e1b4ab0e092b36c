/** The types of cluster-configs.mjs, for tests that read the same configs. */
interface MadeUpImage {
  id: string;
  name: string;
  date: string;
}
export const families: readonly { os: string; arch: string; was: MadeUpImage; now: MadeUpImage }[];
export function clusterConfig(
  number: number,
  wish?: { size?: number; anchors?: boolean },
): { bytes: Buffer; ids: string[] };
