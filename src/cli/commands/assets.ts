/** Owns `bake assets lock|fetch|verify|mirror|gc`: what images need from GitHub, locked, fetched and served from inside. */
import fs from 'node:fs/promises';
import path from 'node:path';
import type { LockedAsset, LockDiff } from '../../assets/lock.ts';
import type { AssetsProject } from '../../assets/project.ts';
import { sizeText } from '../../assets/speed.ts';
import { BakeError } from '../../errors/bake-error.ts';
import type { ExitCode } from '../../errors/table.ts';
import { locationPattern } from '../../store/location.ts';
import { count } from '../../util/count.ts';
import type { Invocation } from '../command.ts';
import { columns } from '../tables.ts';

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
  const { before, after, diff } = await lockAssets(project, {
    update: options.update,
    emit: host.emit,
    signal,
  });
  const { writeFileAtomic } = await import('../../util/files.ts');
  const { writeLock } = await import('../../assets/lock.ts');
  const text = writeLock(after);
  const changes = diff.added.length + diff.changed.length + diff.removed.length;
  const write = changes > 0 || before === undefined;
  const shown = diffText(diff);
  const agreed =
    !write ||
    before === undefined ||
    !host.isTty ||
    (await host.confirm(`${shown}\nWrite ${project.lockFile}?`));
  if (write && agreed) await writeFileAtomic(project.lockFile, text);
  const json = {
    lock: project.lockFile,
    written: write && agreed,
    added: diff.added,
    changed: diff.changed,
    removed: diff.removed,
    unchanged: diff.unchanged,
  };
  host.result(
    json,
    () => `${shown}\n${write && agreed ? `written: ${project.lockFile}` : 'nothing to write'}`,
  );
  return 0;
}

/** As package managers show it. */
function diffText(diff: LockDiff): string {
  const label = ({ name, arch }: LockedAsset): string => (arch === undefined ? name : `${name} (${arch})`);
  const version = (asset: LockedAsset): string => asset.tag ?? asset.commit?.slice(0, 12) ?? asset.url;
  const from = (asset: LockedAsset): string =>
    ({
      api: "GitHub's digest",
      sums: 'the release’s sums',
      'assets.yaml': 'the digest of assets.yaml',
      download: 'first download',
      bundle: 'git bundle',
    })[asset.digestFrom];
  const rows = [
    ...diff.added.map((to) => [
      '+',
      label(to),
      version(to),
      `${sizeText(to.size)} · ${to.sha256.slice(0, 12)} · ${from(to)}`,
    ]),
    ...diff.changed.map(({ from: old, to }) => [
      '~',
      label(to),
      changeText(old, to, version),
      `${to.sha256.slice(0, 12)} · ${from(to)}`,
    ]),
    ...diff.removed.map((old) => ['-', label(old), version(old), '']),
  ];
  const summary = `${diff.added.length} added · ${diff.changed.length} changed · ${diff.removed.length} removed · ${diff.unchanged} unchanged`;
  return rows.length === 0 ? summary : `${columns(rows)}\n${summary}`;
}

function changeText(old: LockedAsset, to: LockedAsset, version: (asset: LockedAsset) => string): string {
  if (version(old) !== version(to)) return `${version(old)} → ${version(to)}`;
  if (old.sha256 === to.sha256) return version(to);
  const same = old.tree !== undefined && old.tree === to.tree;
  return `${version(to)}: ${same ? 'same files, another compression' : `other bytes, ${sizeText(old.size)} → ${sizeText(to.size)}`}`;
}

// ── fetch ─────────────────────────────────────────────────────────────────────────────────────────────────────────

async function fetch(invocation: Invocation, project: AssetsProject): Promise<0> {
  const { host, options, signal } = invocation;
  const { fetchLocked } = await import('../../assets/project.ts');
  const s3 = await s3Sources(invocation, project);
  try {
    const summary = await fetchLocked(project, {
      full: options.full,
      fromStore: s3?.get,
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
  const { host, options, cwd, signal } = invocation;
  const { checkStore } = await import('../../assets/verify.ts');
  const held = project.requireLock();
  const store = options.to === undefined ? project.store : mirrorFolder(options.to, cwd);
  const check = await checkStore({
    assets: held.assets,
    store,
    settings: project.settings,
    emit: host.emit,
    signal,
  });
  const local = await project.checkFiles();
  const findings = [...check.findings, ...local];
  host.result({ store, files: check.files, bytes: check.bytes, findings }, () =>
    [
      ...findings.map(({ kind, name, reason }) => `✗ ${kind.padEnd(8)} ${name}: ${reason}`),
      `${count(check.files, 'file')} of the store, ${sizeText(check.bytes)} read and right · ${count(findings.length, 'finding')}`,
      ...(check.findings.some(({ kind }) => kind !== 'stray')
        ? ['bake assets fetch --full mends the store']
        : []),
      ...(check.findings.some(({ kind }) => kind === 'stray') ? ['bake assets gc removes strays'] : []),
      ...(local.length > 0
        ? ['files of your own: bring back the bytes, or write the new sha256 into assets.yaml']
        : []),
    ].join('\n'),
  );
  return findings.length === 0 ? 0 : 1;
}

// ── mirror ────────────────────────────────────────────────────────────────────────────────────────────────────────

async function mirror(invocation: Invocation, project: AssetsProject): Promise<0> {
  const { host, options, cwd, signal } = invocation;
  const { to } = options;
  if (to === undefined || !locationPattern.test(to)) {
    const found = to === undefined ? '' : `; found ${JSON.stringify(to)}`;
    throw usage(`mirror needs --to s3://BUCKET/PREFIX or --to DIR${found}`);
  }
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
        ? await mirrorToFolder(mirrorFolder(to, cwd), request)
        : await mirrorToObjects(await cloud.open(to), request);
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
  const { holdStore } = await import('../../assets/store.ts');
  const { assets } = project.requireLock();
  const strays = straysOf(assets, project.store);
  const agreed =
    strays.length === 0 ||
    (await host.confirm(
      `${strays.slice(0, 20).join('\n')}\nRemove ${count(strays.length, 'file')} from ${project.store}?`,
    ));
  const release = strays.length > 0 && agreed ? holdStore(project.store) : undefined;
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

function mirrorFolder(to: string, cwd: string): string {
  if (to.startsWith('s3://'))
    throw usage('verify --to takes a folder; fetch from an s3:// source checks each object');
  return path.resolve(cwd, to);
}

function usage(message: string): BakeError {
  return new BakeError('USAGE', { message, command: 'assets' });
}

interface S3Sources {
  get: (key: string, file: string) => Promise<void>;
  close(): Promise<void>;
}

/** The `s3://` entries of sources, asked in their order; undefined where there are none. */
async function s3Sources(invocation: Invocation, project: AssetsProject): Promise<S3Sources | undefined> {
  const places = project.assets.sources.filter((source) => source.startsWith('s3://'));
  if (places.length === 0) return undefined;
  const cloud = await cloudOf(invocation, project);
  const stores = await Promise.all(places.map((place) => cloud.open(place)));
  return {
    async get(key, file) {
      for (const store of stores) {
        const bytes = await store.get(key);
        if (bytes === undefined) continue;
        await fs.mkdir(path.dirname(file), { recursive: true });
        await fs.writeFile(file, bytes);
        return;
      }
    },
    close: () => cloud.close(),
  };
}

async function cloudOf(invocation: Invocation, project: AssetsProject) {
  const { openPlainCloud } = await import('../compose.ts');
  const { openStore } = await import('../../store/store.ts');
  const cloud = await openPlainCloud(invocation, project.trust);
  return {
    open: (place: string) =>
      openStore(place, { aws: cloud.aws, region: project.region, folder: project.folder }),
    close: () => cloud.close(),
  };
}
