/** Sends the notifications of bakery.yaml `notify` after the stages. */
import { httpsAgent } from '../aws/network.ts';
import type { BakeError } from '../errors/bake-error.ts';
import { readChannelAges } from '../notify/channels.ts';
import {
  failedNotices,
  foreignWriteNotices,
  missedNotices,
  publishedNotices,
  runLabel,
  type Notice,
} from '../notify/notices.ts';
import { notify, type NotifyRequest } from '../notify/notify.ts';
import { githubAddresses } from '../github/addresses.ts';
import type { GitHubRepository } from '../github/api.ts';
import { httpsTransport } from '../github/https.ts';
import { targetLabel } from '../os/target.ts';
import type { ParameterEntry } from '../entries/result.ts';
import type { Invocation } from './invocation.ts';
import type { CommandContext } from './context.ts';
import { createMask, secretsOf } from '../text/mask.ts';

interface Ended {
  /** The labels of the targets that succeeded. */
  through: readonly string[];
  parameters: readonly ParameterEntry[];
  errors: readonly BakeError[];
}

/**
 * A run sends notifications. A plan only warns of channels that are too old.
 * Without `notify` in bakery.yaml nothing is read. Never throws.
 */
export async function notifyEnd(
  invocation: Invocation,
  { project, world, journal }: Pick<CommandContext, 'project' | 'world' | 'journal'>,
  mode: 'run' | 'plan',
  { through, parameters, errors }: Ended,
): Promise<void> {
  const { notify: settings, refresh } = project.bakery.value;
  if (!settings) return;
  const { emit } = invocation.host;
  const labels = project.jobs.map(({ target }) => targetLabel(target));
  let missed: Notice[] = [];
  let channels: string[] = [];
  try {
    const read = await readChannelAges(world.aws, project.jobs);
    channels = read.map(({ name, region }) => `${name} ${region}`);
    missed = missedNotices(read, { now: world.aws.now(), refresh, maxDays: settings.channelMaxDays });
  } catch (error) {
    emit({ type: 'warning', text: `the age of the channels is not known: ${(error as Error).message}` });
  }
  if (mode === 'plan') {
    for (const { title, text } of missed) emit({ type: 'warning', text: `${title}: ${text}` });
    return;
  }
  const failed = labels.filter((label) => !through.includes(label));
  await notify({
    ...surroundings(invocation, { world, journal }),
    settings,
    notices: [...failedNotices(failed, labels, errors), ...missed, ...publishedNotices(parameters)],
    checked: [...labels, runLabel(labels), ...channels],
    github: githubOf(invocation, project.jobs[0]?.image.certificates.map(({ pem }) => pem) ?? []),
  });
}

/**
 * Notifies of the parameters that bake publish, promote and rollback changed. Sends neither errors, because the user
 * sees them, nor the GitHub issue, because only a run can judge its problems. Never throws.
 */
export async function notifyMoved(
  invocation: Invocation,
  { project, world, journal }: Pick<CommandContext, 'project' | 'world' | 'journal'>,
  parameters: readonly ParameterEntry[],
  errors: readonly BakeError[],
): Promise<void> {
  const { notify: settings } = project.bakery.value;
  if (!settings) return;
  await notify({
    ...surroundings(invocation, { world, journal }),
    settings: { ...settings, github: false },
    notices: [...publishedNotices(parameters), ...foreignWriteNotices(errors)],
    checked: [],
    github: undefined,
  });
}

function surroundings(
  { env, host }: Invocation,
  { world, journal }: Pick<CommandContext, 'world' | 'journal'>,
): Pick<NotifyRequest, 'facts' | 'mask' | 'aws' | 'emit'> {
  const masks = createMask();
  for (const secret of secretsOf(env)) masks.add(secret);
  return {
    facts: { run: journal.run, url: jobUrl(env) },
    mask: masks.text,
    aws: world.aws,
    emit: host.emit,
  };
}

/** @returns undefined for the sandbox, whose runs concern nobody else, and without a repository or a token */
function githubOf({ env, options }: Invocation, trust: readonly string[]): GitHubRepository | undefined {
  const { GITHUB_REPOSITORY: repository, GITHUB_TOKEN: token } = env;
  if (options.sandbox || !repository || !token) return undefined;
  const { api } = githubAddresses(env);
  return { api, repository, send: httpsTransport({ token, agent: httpsAgent(env, trust) }) };
}

function jobUrl({
  GITHUB_SERVER_URL: server,
  GITHUB_REPOSITORY: repository,
  GITHUB_RUN_ID: id,
}: NodeJS.ProcessEnv): string | undefined {
  return server && repository && id ? `${server}/${repository}/actions/runs/${id}` : undefined;
}
