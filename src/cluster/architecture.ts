/** Derives the architecture of an instance type from its name. Pure. */

/**
 * x86_64, arm64, or undefined if the text is not an instance type. The letters after the generation are attributes, and
 * `g` among them means Graviton: c7gn, im4gn, hpc7g, but not g4dn or gr6, where g belongs to the family.
 * Source: docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html.
 */
export function architectureOf(instanceType: string): 'x86_64' | 'arm64' | undefined {
  const [found, family = '', attributes = '', variant = ''] =
    /^([a-z]+(?:-[0-9]+tb)?)[0-9]*([a-z]*)(-[a-z0-9]+)?\.[a-z0-9-]+$/.exec(instanceType) ?? [];
  if (found === undefined || family === 'mac') return undefined;
  // The first Graviton family is a1; GB200 and GB300 combine a Grace CPU (arm64) with Blackwell GPUs.
  if (instanceType.startsWith('a1.') || /^-gb[0-9]/.test(variant)) return 'arm64';
  return attributes.includes('g') ? 'arm64' : 'x86_64';
}
