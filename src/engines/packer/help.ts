/** What help says about the packer engine. */
import type { EngineHelp } from '../engine.ts';

export const packerHelp: Readonly<Record<string, EngineHelp>> = {
  render: {
    examples: [
      [
        'bake render --os alinux2 --engine packer --out build/',
        'the Packer template, ready for packer build',
      ],
    ],
  },
  verify: {
    about: 'Packer boots it in the place of builder: and reaches it as packer: says; no image comes of it.',
  },
  iam: { examples: [['bake iam run --engine packer', "with Packer's own calls"]] },
};
