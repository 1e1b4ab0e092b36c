/** Sends notifications by SNS and as a GitHub issue. A failure is only a warning and never fails the run. */
import { publishMessage } from '../aws/topics.ts';
import type { Session } from '../aws/session.ts';
import type { Bakery } from '../config/schema.ts';
import type { Emit } from '../events/events.ts';
import type { GitHubRepository } from '../github/api.ts';
import { notifyGitHub } from './github.ts';
import type { Notice } from './notices.ts';
import { snsMessage, type RunFacts } from './text.ts';

export interface NotifyRequest {
  settings: NonNullable<Bakery['notify']>;
  notices: readonly Notice[];
  /** The subjects that the run has checked: labels of its targets, and names of its parameters with their Region. */
  checked: readonly string[];
  facts: RunFacts;
  /** Masks secrets in a text. */
  mask: (text: string) => string;
  aws: Session;
  /** undefined: not in GitHub Actions, or without a token. */
  github: GitHubRepository | undefined;
  emit: Emit;
}

export async function notify({
  settings,
  aws,
  github,
  facts,
  checked,
  emit,
  mask,
  ...more
}: NotifyRequest): Promise<void> {
  const notices = more.notices
    .filter(({ occasion }) => settings.on.includes(occasion))
    .map((notice) => ({ ...notice, title: mask(notice.title), text: mask(notice.text) }));
  const { sns } = settings;
  if (sns !== undefined && notices.length > 0) {
    await attempt(emit, `the message to ${sns} was not sent`, () =>
      publishMessage(aws, sns, snsMessage(notices, facts)),
    );
  }
  if (!settings.github) return;
  if (!github) {
    const text =
      'notify.github: bake cannot write the issue without GITHUB_REPOSITORY and GITHUB_TOKEN (with permission issues: write)';
    if (notices.length > 0) emit({ type: 'warning', text });
    return;
  }
  const at = aws.now().toISOString();
  await attempt(emit, 'the GitHub issue was not updated', () =>
    notifyGitHub(github, { notices, checked, at, run: facts.run, url: facts.url }),
  );
}

async function attempt(emit: Emit, what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    emit({ type: 'warning', text: `${what}: ${(error as Error).message}` });
  }
}
