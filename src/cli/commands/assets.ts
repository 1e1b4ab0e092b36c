/** Owns `bake assets lock|fetch|verify|mirror|gc`: what images need from GitHub, locked, fetched and served from inside. */
import path from 'node:path';
import type { LockedAsset } from '../../assets/lock.ts';
import type { AssetsProject } from '../../assets/project.ts';
import { sizeText } from '../../assets/speed.ts';
import { BakeError } from '../../errors/bake-error.ts';
import type { ExitCode } from '../../errors/table.ts';
import type { StoreCheck, StoreFinding } from '../../assets/verify.ts';
import type { BucketStore } from '../../store/bucket.ts';
import { locationPattern, readLocation } from '../../config/location.ts';
import { count } from '../../util/count.ts';
import { askConsent } from '../../jobs/consent.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { sha256 } from '../../util/sha256.ts';
import { lockDiffText } from '../lock-diff.ts';

const actions = { lock, fetch, verify, mirror, gc } as const;

/** Exit 1 where verify found something. @throws BakeError, BakeErrors ASSET_…, CONFIG_…, USAGE */
export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const action = invocation.args[0] as keyof typeof actions;
  const { openAssets } = await import('../../assets/project.ts');
  const project = await openAssets({
    config: path.resolve(invocation.cwd, invocation.options.config),
    explicit: invocation.options.config !== 'bakery.yaml',
    env: invocation.env,
  });
  return actions[action](invocation, project);
}

// ── lock ──────────────────────────────────────────────────────────────────────────────────────────────────────────

async function lock(invocation: Invocation, project: AssetsProject): Promise<0> {
  const { host, options, signal } = invocation;
  const { lockAssets } = await import('../../assets/lock-command.ts');
  const { writeFileAtomic } = await import('../../util/files.ts');
  const { writeLock } = await import('../../assets/lock.ts');
  const plan = async () => {
    const { before, after, diff } = await lockAssets(project, {
      update: options.update,
      emit: host.emit,
      signal,
    });
    const text = writeLock(after);
    const changes = diff.added.length + diff.changed.length + diff.removed.length;
    const write = { what: project.lockFile, from: before && sha256(writeLock(before)), to: sha256(text) };
    const writes = changes > 0 || before === undefined ? [{ ...write, from: write.from ?? null }] : [];
    return { writes, isFirst: before === undefined, diff, text };
  };
  const first = await plan();
  const plans = [first];
  let isShown = false;
  const consent = await askConsent({
    invocation,
    command: 'assets',
    needsYes: false,
    // A first lock file replaces nothing.
    isOwnCopy: first.isFirst,
    plan: async () => plans.pop() ?? plan(),
    show: () => (isShown = true),
    textOf: ({ diff }) => `${lockDiffText(diff)}\nWrite ${project.lockFile}?`,
  });
  const planned = ('planned' in consent ? consent.planned : undefined) ?? first;
  const { added, changed, removed, unchanged } = planned.diff;
  const written = consent.kind === 'go' && planned.writes.length > 0;
  if (written) await writeFileAtomic(project.lockFile, planned.text);
  const json = { lock: project.lockFile, written, added, changed, removed, unchanged };
  const done =
    planned.writes.length === 0
      ? 'nothing to write'
      : `${written ? 'written' : 'not written'}: ${project.lockFile}`;
  host.result(json, () => (isShown ? done : `${lockDiffText(planned.diff)}\n${done}`));
  return 0;
}

// ── fetch ─────────────────────────────────────────────────────────────────────────────────────────────────────────

async function fetch(invocation: Invocation, project: AssetsProject): Promise<0> {
  const { host, options, signal } = invocation;
  const { fetchLocked } = await import('../../assets/project.ts');
  const s3 = await s3Sources(invocation, project);
  try {
    const summary = await fetchLocked(project, {
      full: options.full,
      addressIn: s3?.addressIn,
      emit: host.emit,
      signal,
    });
    host.result({ store: project.store, ...summary }, () =>
      [
        `${count(summary.files, 'asset')}, ${sizeText(summary.bytes)} in ${project.store}`,
        `fetched ${count(summary.fetched.files, 'file')}, ${sizeText(summary.fetched.bytes)}${summary.resumed > 0 ? `, ${sizeText(summary.resumed)} of them before` : ''} · reused ${count(summary.reused.files, 'file')}, ${sizeText(summary.reused.bytes)} · verified ${count(summary.verified.files, 'file')}, ${sizeText(summary.verified.bytes)} · ${summary.seconds.toFixed(1)} s`,
      ].join('\n'),
    );
    return 0;
  } finally {
    await s3?.close();
  }
}

// ── verify ────────────────────────────────────────────────────────────────────────────────────────────────────────

async function verify(invocation: Invocation, project: AssetsProject): Promise<ExitCode | 0> {
  const { host, options, cwd } = invocation;
  const { to } = options;
  const held = project.requireLock();
  const there = to === undefined ? project.store : placeOf(to, 'verify', cwd);
  const check = await checkAt(there, held.assets, invocation, project);
  const local = await project.checkFiles();
  const findings = [...check.findings, ...local];
  const asked = check.read === undefined ? '' : `, ${sizeText(check.read)} of it fetched to be read`;
  host.result({ store: there, ...check, findings }, () =>
    [
      ...findings.map(({ kind, name, reason }) => `✗ ${kind.padEnd(8)} ${name}: ${reason}`),
      `${count(check.files, 'file')} in ${there}, ${sizeText(check.bytes)}, right${asked} · ${count(findings.length, 'finding')}`,
      ...nextSteps(check.findings, to),
      ...(local.length > 0
        ? ['files of your own: bring back the bytes, or write the new sha256 into assets.yaml']
        : []),
    ].join('\n'),
  );
  return findings.length === 0 ? 0 : 1;
}

async function checkAt(
  there: string,
  assets: readonly LockedAsset[],
  invocation: Invocation,
  project: AssetsProject,
): Promise<StoreCheck & { read?: number }> {
  const { host, options, signal } = invocation;
  const request = { assets, emit: host.emit, signal };
  if (there.startsWith('s3://')) {
    const { checkObjects } = await import('../../assets/verify-objects.ts');
    const cloud = await cloudOf(invocation, project);
    try {
      return await checkObjects({ ...request, bucket: cloud.bucket(there), full: options.full });
    } finally {
      await cloud.close();
    }
  }
  const { exists } = await import('../../util/files.ts');
  // A store that nothing was fetched into yet is told file by file; a mirror that is not there was misspelt.
  if (options.to !== undefined && !(await exists(there))) {
    throw usage(`verify --to: there is no folder ${there}; bake assets mirror --to ${options.to} makes it`);
  }
  const { checkStore } = await import('../../assets/verify.ts');
  return checkStore({ ...request, store: there, settings: project.settings });
}

function nextSteps(findings: readonly StoreFinding[], to: string | undefined): string[] {
  const strays = findings.filter(({ kind }) => kind === 'stray').length;
  const mend = to === undefined ? 'bake assets fetch --full' : `bake assets mirror --to ${to} --full`;
  return [
    ...(findings.length > strays ? [`${mend} mends that`] : []),
    ...(strays > 0 && to === undefined ? ['bake assets gc removes strays'] : []),
  ];
}

// ── mirror ────────────────────────────────────────────────────────────────────────────────────────────────────────

async function mirror(invocation: Invocation, project: AssetsProject): Promise<0> {
  const { host, options, cwd, signal } = invocation;
  const to = placeOf(options.to, 'mirror', cwd);
  const { mirrorToFolder, mirrorToObjects } = await import('../../assets/mirror.ts');
  const { writeLock } = await import('../../assets/lock.ts');
  const held = project.requireLock();
  const request = {
    assets: held.assets,
    store: project.store,
    lock: writeLock(held),
    full: options.full,
    emit: host.emit,
    signal,
  };
  const cloud = to.startsWith('s3://') ? await cloudOf(invocation, project) : undefined;
  try {
    const summary =
      cloud === undefined
        ? await mirrorToFolder(to, request)
        : await mirrorToObjects(cloud.bucket(to), request);
    host.result(summary, () => {
      const { written, kept } = summary;
      return `${summary.to}: ${count(written.files, 'file')} written, ${sizeText(written.bytes)} · ${kept} were there`;
    });
    return 0;
  } finally {
    await cloud?.close();
  }
}

// ── gc ────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function gc(invocation: Invocation, project: AssetsProject): Promise<0> {
  const { host } = invocation;
  const { removeStrays, straysOf } = await import('../../assets/verify.ts');
  const { claimStore } = await import('../../assets/store.ts');
  const { assets } = project.requireLock();
  const consent = await askConsent({
    invocation,
    command: 'assets',
    needsYes: false,
    plan: async () => ({
      writes: straysOf(assets, project.store).map((file) => ({ what: file, from: 'there', to: null })),
    }),
    show: () => {},
    textOf: ({ writes }) =>
      `${writes
        .slice(0, 20)
        .map(({ what }) => what)
        .join('\n')}\nRemove ${count(writes.length, 'file')} from ${project.store}?`,
  });
  const release = consent.kind === 'go' ? claimStore(project.store) : undefined;
  try {
    const removed = release === undefined ? { files: [], bytes: 0 } : removeStrays(assets, project.store);
    host.result({ store: project.store, removed: removed.files, bytes: removed.bytes }, () =>
      [...removed.files, `${count(removed.files.length, 'file')} removed, ${sizeText(removed.bytes)}`].join(
        '\n',
      ),
    );
    return 0;
  } finally {
    release?.();
  }
}

// ── what they share ───────────────────────────────────────────────────────────────────────────────────────────────

/** `s3://…` as it is, a folder absolute. @throws BakeError USAGE */
function placeOf(to: string | undefined, action: string, cwd: string): string {
  if (to === undefined || !locationPattern.test(to)) {
    const found = to === undefined ? '' : `; found ${JSON.stringify(to)}`;
    throw usage(`${action} needs --to s3://BUCKET/PREFIX or --to DIR${found}`);
  }
  return to.startsWith('s3://') ? to : path.resolve(cwd, to);
}

function usage(message: string): BakeError {
  return new BakeError('USAGE', { message, command: 'assets' });
}

interface S3Sources {
  addressIn: (source: string, key: string) => Promise<string | undefined>;
  close(): Promise<void>;
}

/**
 * The `s3://` entries of sources; undefined where there are none. One that cannot be opened is told and left out, as a
 * mirror is that does not answer; the only one there is, is an error.
 * @throws BakeError STORE_MISSING, AWS_…
 */
async function s3Sources(invocation: Invocation, project: AssetsProject): Promise<S3Sources | undefined> {
  const { sources, origin } = project.assets;
  const places = sources.filter((source) => source.startsWith('s3://'));
  if (places.length === 0) return undefined;
  const cloud = await cloudOf(invocation, project);
  const open = async (place: string): Promise<[string, (key: string) => Promise<string | undefined>]> => {
    try {
      return [place, await cloud.bucket(place).addresses()];
    } catch (error) {
      if (!(error instanceof BakeError) || (sources.length === 1 && !origin)) throw error;
      const text = `the source ${place} is not asked: ${error.message} (${error.code})`;
      invocation.host.emit({ type: 'warning', text });
      return [place, () => Promise.resolve(undefined)];
    }
  };
  try {
    const addresses = new Map(await Promise.all(places.map(open)));
    return {
      addressIn: async (source, key) => addresses.get(source)?.(key),
      close: () => cloud.close(),
    };
  } catch (error) {
    await cloud.close();
    throw error;
  }
}

interface Cloud {
  /** @param place `s3://…` */
  bucket(place: string): BucketStore;
  close(): Promise<void>;
}

async function cloudOf(invocation: Invocation, project: AssetsProject): Promise<Cloud> {
  const { openPlainCloud } = await import('../../jobs/cloud.ts');
  const { openBucketStore } = await import('../../store/bucket.ts');
  const cloud = await openPlainCloud(invocation, project.trust);
  return {
    bucket(place) {
      const at = readLocation(place, project.folder);
      if (at.kind !== 's3') throw new Error(`no bucket: ${place}`);
      return openBucketStore({ ...at, aws: cloud.aws, region: project.region });
    },
    close: () => cloud.close(),
  };
}
