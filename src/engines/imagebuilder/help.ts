/** What help says about the imagebuilder engine. */
import type { EngineHelp } from '../engine.ts';

export const imageBuilderHelp: Readonly<Record<string, EngineHelp>> = {
  schedule: {
    about:
      'With --engine imagebuilder, a pipeline for each target runs inside AWS: it bakes, tests, copies, shares and publishes to the channel. It bakes when Image Builder finds a newer base image or component (schedule.start: updates), or every time (always). Image Builder does not see packages in a mirror. Promote and rotate with bake. Run this command again after each change of bakery.yaml or the recipe.',
    option: 'imagebuilder: pipelines in AWS',
    examples: [
      ['bake schedule --engine imagebuilder', 'shows, asks, then makes or replaces the pipelines'],
      ['bake schedule --engine imagebuilder --cron "0 3 ? * TUE#1 *"', 'on the first Tuesday of each month'],
      ['bake schedule --engine imagebuilder --os alinux2 --delete', 'stops one target'],
    ],
  },
};
