/** The quota of running vCPUs that an instance type counts against. */

/** Instance family → quota of running vCPUs (EC2 user guide, "On-Demand Instance quotas"). */
const QUOTAS: readonly [families: RegExp, code: string][] = [
  [/^hpc/, 'L-F7808C92'],
  [/^(inf)/, 'L-1945791B'],
  [/^(trn)/, 'L-2C3B7624'],
  [/^(dl)/, 'L-6E869C2A'],
  [/^u-|^u\d/, 'L-43DA4232'],
  [/^(g|vt)\d/, 'L-DB2E81BA'],
  [/^p\d/, 'L-417A185B'],
  [/^f\d/, 'L-74FC7D96'],
  [/^x\d/, 'L-7295265B'],
  [/^(a|c|d|h|i|im|is|m|r|t|z)\d/, 'L-1216C47A'],
];

/** The quota that an instance type counts against; undefined for an unknown family. */
export function quotaOf(instanceType: string): string | undefined {
  return QUOTAS.find(([families]) => families.test(instanceType))?.[1];
}
