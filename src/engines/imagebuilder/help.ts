/** What help says about the imagebuilder engine. */
import type { EngineHelp } from '../engine.ts';

export const imageBuilderHelp: Readonly<Record<string, EngineHelp>> = {
  schedule: {
    about:
      'With --engine imagebuilder the month runs inside AWS: a pipeline of each target bakes, tests, copies, shares and publishes to the channel. It bakes when Image Builder knows of a newer base image or component (schedule.start: updates), or each time (always). Image Builder knows nothing of packages in a mirror. Promotion and rotation stay with bake. Run it again after every change of bakery.yaml or the recipe.',
    option: 'imagebuilder: pipelines in AWS',
    examples: [
      ['bake schedule --engine imagebuilder', 'shows, asks, then makes or replaces the pipelines'],
      ['bake schedule --engine imagebuilder --cron "0 3 ? * TUE#1 *"', 'on the first Tuesday of each month'],
      ['bake schedule --engine imagebuilder --os alinux2 --delete', 'stops one target'],
    ],
  },
};
