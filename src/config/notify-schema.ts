/** The schema of `notify:` in bakery.yaml. */
import { choice, list, section, text, truth, wholeNumber } from './leaves.ts';

/** failed: a bake failed · missed: a month without a new image, or a channel that is too old · published: a channel changed */
export const notifyOccasions = ['failed', 'missed', 'published'] as const;

export const notifySchema = section({
  sns: text(
    'the ARN of an SNS topic (not a FIFO topic, which Image Builder does not accept)',
    /^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$/,
  )
    .optional()
    .describe('The topic that bake publishes messages to.'),
  github: truth()
    .default(false)
    .describe(
      'In GitHub Actions: bake opens, updates and closes one issue of the repository (needs GITHUB_TOKEN).',
    ),
  on: list(choice(notifyOccasions), `a list of ${notifyOccasions.join(', ')}`)
    .default(['failed', 'missed'])
    .describe(
      'When bake notifies: failed bakes, missed months and channels that are too old, published images.',
    ),
  channelMaxDays: wholeNumber('a whole number of days from 1 to 3650', 1, 3650)
    .default(40)
    .describe('The age in days from which the image of a channel is too old.'),
});
