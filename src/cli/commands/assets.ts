/** `bake assets lock|fetch|verify|mirror|gc`: runs one action and shows its result. */
import type { AssetsProject } from '../../assets/project.ts';
import { sizeText } from '../../assets/speed.ts';
import type { StoreFinding } from '../../assets/verify.ts';
import type { ExitCode } from '../../errors/table.ts';
import {
  fetchLockedAssets,
  mirrorAssets,
  openAssetsProject,
  planLock,
  planRemoval,
  removeUnlocked,
  saveLock,
  verifyAssets,
} from '../../jobs/assets/assets.ts';
import { askConsent } from '../../jobs/consent.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { count } from '../../util/count.ts';
import { lockDiffText } from '../lock-diff.ts';
import { shellWord } from '../next-command.ts';

const actions = { lock, fetch, verify, mirror, gc } as const;

/** Exit 1 when verify found something. @throws BakeError, BakeErrors ASSET_…, CONFIG_…, USAGE */
export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const action = invocation.args[0] as keyof typeof actions;
  return actions[action](invocation, await openAssetsProject(invocation));
}

async function lock(invocation: Invocation, project: AssetsProject): Promise<0> {
  const { lockFile } = project;
  const first = await planLock(invocation, project);
  const plans = [first];
  let isShown = false;
  const consent = await askConsent({
    invocation,
    command: 'assets',
    needsYes: false,
    // A first lock file replaces nothing.
    isOwnCopy: first.isFirst,
    plan: async () => plans.pop() ?? planLock(invocation, project),
    show: () => (isShown = true),
    textOf: ({ diff }) => `${lockDiffText(diff)}\nWrite ${lockFile}?`,
  });
  const planned = ('planned' in consent ? consent.planned : undefined) ?? first;
  const { added, changed, removed, unchanged } = planned.diff;
  const written = consent.kind === 'go' && planned.writes.length > 0;
  if (written) await saveLock(project, planned);
  const done =
    planned.writes.length === 0 ? 'nothing to write' : `${written ? 'written' : 'not written'}: ${lockFile}`;
  invocation.host.result({ lock: lockFile, written, added, changed, removed, unchanged }, (width) =>
    isShown ? done : `${lockDiffText(planned.diff, width)}\n${done}`,
  );
  return 0;
}

async function fetch(invocation: Invocation, project: AssetsProject): Promise<0> {
  const { store } = project;
  const summary = await fetchLockedAssets(invocation, project);
  const of = (part: { files: number; bytes: number }): string =>
    `${count(part.files, 'file')}, ${sizeText(part.bytes)}`;
  const { files, bytes, fetched, resumed, reused, verified, seconds } = summary;
  const before = resumed > 0 ? `, of which ${sizeText(resumed)} in an earlier run` : '';
  invocation.host.result({ store, ...summary }, () =>
    [
      `${count(files, 'asset')}, ${sizeText(bytes)} in ${store}`,
      `fetched ${of(fetched)}${before} · reused ${of(reused)} · verified ${of(verified)} · ${seconds.toFixed(1)} s`,
    ].join('\n'),
  );
  return 0;
}

async function verify(invocation: Invocation, project: AssetsProject): Promise<ExitCode | 0> {
  const { store, check, local } = await verifyAssets(invocation, project);
  const findings = [...check.findings, ...local];
  const read = check.read === undefined ? '' : `, ${sizeText(check.read)} of it downloaded to read it`;
  invocation.host.result({ store, ...check, findings }, () =>
    [
      ...findings.map(({ kind, name, reason }) => `✗ ${kind.padEnd(8)} ${name}: ${reason}`),
      `${count(check.files, 'file')} in ${store}, ${sizeText(check.bytes)}, correct${read} · ${count(findings.length, 'finding')}`,
      ...nextSteps(check.findings, invocation.options.to),
      ...(local.length > 0
        ? ['files of your own: restore their content, or write the new sha256 into assets.yaml']
        : []),
    ].join('\n'),
  );
  return findings.length === 0 ? 0 : 1;
}

function nextSteps(findings: readonly StoreFinding[], to: string | undefined): string[] {
  const strays = findings.filter(({ kind }) => kind === 'stray').length;
  const fix =
    to === undefined ? '`bake assets fetch --full`' : `\`bake assets mirror --to ${shellWord(to)} --full\``;
  return [
    ...(findings.length > strays ? [`${fix} fixes that`] : []),
    ...(strays > 0 && to === undefined ? ['`bake assets gc` removes strays'] : []),
  ];
}

async function mirror(invocation: Invocation, project: AssetsProject): Promise<0> {
  const summary = await mirrorAssets(invocation, project);
  const { to, written, kept } = summary;
  invocation.host.result(
    summary,
    () =>
      `${to}: ${count(written.files, 'file')} written, ${sizeText(written.bytes)} · ${kept} already there`,
  );
  return 0;
}

/** Lines of a question that are shown. */
const MOST_LINES = 20;

async function gc(invocation: Invocation, project: AssetsProject): Promise<0> {
  const { store } = project;
  const consent = await askConsent({
    invocation,
    command: 'assets',
    needsYes: false,
    plan: () => planRemoval(project),
    show: () => {},
    textOf: ({ writes }) => {
      const files = writes.slice(0, MOST_LINES).map(({ what }) => what);
      return `${files.join('\n')}\nRemove ${count(writes.length, 'file')} from ${store}?`;
    },
  });
  const removed = consent.kind === 'go' ? await removeUnlocked(project) : { files: [], bytes: 0 };
  invocation.host.result({ store, removed: removed.files, bytes: removed.bytes }, () =>
    [...removed.files, `${count(removed.files.length, 'file')} removed, ${sizeText(removed.bytes)}`].join(
      '\n',
    ),
  );
  return 0;
}
