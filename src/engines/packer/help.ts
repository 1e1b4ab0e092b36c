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
    about: 'Packer boots the image with the settings of builder: and packer: and makes no new image.',
  },
  iam: { examples: [['bake iam run --engine packer', "with Packer's own calls"]] },
};
