/** Owns telling whoever is to be told. It never fails a run: what could not be told is a warning. */
import { publishMessage } from '../aws/topics.ts';
import type { Session } from '../aws/session.ts';
import type { Bakery } from '../config/schema.ts';
import type { Emit } from '../events/events.ts';
import type { GitHub } from '../github/api.ts';
import { notifyGitHub } from './github.ts';
import type { Notice } from './notices.ts';
import { snsMessage, type RunFacts } from './text.ts';

export interface Telling {
  settings: NonNullable<Bakery['notify']>;
  notices: readonly Notice[];
  /** What the run could judge: labels of its targets, names of its parameters with their Region. */
  looked: readonly string[];
  facts: RunFacts;
  /** A text with all that is secret masked. */
  mask: (text: string) => string;
  aws: Session;
  /** undefined: not in GitHub Actions, or without a token. */
  github: GitHub | undefined;
  emit: Emit;
}

export async function tell({
  settings,
  aws,
  github,
  facts,
  looked,
  emit,
  mask,
  ...more
}: Telling): Promise<void> {
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
      'notify.github: no issue without GITHUB_REPOSITORY and GITHUB_TOKEN (with permission issues: write)';
    if (notices.length > 0) emit({ type: 'warning', text });
    return;
  }
  const at = aws.now().toISOString();
  await attempt(emit, 'the GitHub issue was not brought up to date', () =>
    notifyGitHub(github, { notices, looked, at, run: facts.run, url: facts.url }),
  );
}

async function attempt(emit: Emit, what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    emit({ type: 'warning', text: `${what}: ${(error as Error).message}` });
  }
}
