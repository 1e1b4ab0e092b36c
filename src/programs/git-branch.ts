/**
 * Owns a branch written into a repository beside the checkout: nobody's working tree, index or HEAD is touched, only
 * objects and one reference (gitcore-tutorial(7): hash-object, update-index, write-tree, commit-tree, update-ref).
 */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { BakeError } from '../errors/bake-error.ts';
import { maskLogin } from '../util/source.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A file as it is on disk, and as it is to be. */
export interface Change {
  before: Buffer;
  after: Buffer;
}

/** One commit: whole files, by their paths in the repository. */
export interface Commit {
  message: string;
  files: ReadonlyMap<string, Change>;
}

export interface Repository {
  /** Absolute path of its top folder. */
  root: string;
  git: Git;
}

interface GitOptions {
  input?: Buffer | string;
  env?: Record<string, string>;
}

export type Git = (args: readonly string[], options?: GitOptions) => Promise<string>;

/** git said no. */
class GitRefused extends Error {}

/** Ends every message of ours: who looks at a branch knows whether somebody else wrote to it. */
const TRAILER = 'Written-by: bake rotate --pr';
const NOBODY = '0'.repeat(40);

/**
 * The repository that a folder is in.
 * @throws BakeError GIT_NO_REPOSITORY, PROGRAM_MISSING
 */
export async function openRepository(folder: string, env: Env, signal: AbortSignal): Promise<Repository> {
  const git = gitIn(folder, env, signal);
  try {
    const root = (await git(['rev-parse', '--show-toplevel'])).replace(/\n$/, '');
    await git(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
    return { root, git: gitIn(root, env, signal) };
  } catch (error) {
    if (!(error instanceof GitRefused)) throw error;
    throw new BakeError('GIT_NO_REPOSITORY', { folder, reason: error.message });
  }
}

export interface Branched {
  /** Its last commit. */
  commit: string;
  /** It said the same already: nothing was written. */
  unchanged: boolean;
}

/**
 * Sets a branch to HEAD plus these commits. Where it has the same files on the same base already, it stays.
 * @param theirs what the remote's branch of that name is at: another machine may have pushed it
 * @throws BakeError GIT_CHANGES where HEAD has other bytes than `before`; GIT_BRANCH where the branch is checked out,
 * holds commits of others, or git refuses it
 */
export async function writeBranch(
  repository: Repository,
  branch: string,
  commits: readonly Commit[],
  theirs?: string,
): Promise<Branched> {
  try {
    return await write(repository, branch, commits, theirs);
  } catch (error) {
    // No place for its name, a key that does not sign: git says it best.
    if (!(error instanceof GitRefused)) throw error;
    throw new BakeError('GIT_BRANCH', { branch, reason: error.message, commits: [] });
  }
}

async function write(
  repository: Repository,
  branch: string,
  commits: readonly Commit[],
  theirs: string | undefined,
): Promise<Branched> {
  const { git } = repository;
  const reference = `refs/heads/${branch}`;
  const base = (await git(['rev-parse', 'HEAD'])).trim();
  const own = (await maybe(git, ['rev-parse', '--verify', '--quiet', `${reference}^{commit}`]))?.trim();
  await refuseCheckedOut(git, branch);
  for (const tip of new Set([own, theirs]))
    if (tip !== undefined) await refuseForeign(git, branch, base, tip);
  const tip = await inOwnIndex(repository, base, commits);
  for (const known of [theirs, own]) {
    if (known === undefined || !(await isSame(git, known, tip))) continue;
    if (known !== own) await git(['update-ref', reference, known, own ?? NOBODY]);
    return { commit: known, unchanged: true };
  }
  await git(['update-ref', '-m', 'bake rotate --pr', reference, tip, own ?? NOBODY]);
  return { commit: tip, unchanged: false };
}

/** The same files in as many steps on the same base: dates apart, the same commits. */
async function isSame(git: Git, a: string, b: string): Promise<boolean> {
  const said = (tip: string): Promise<string | undefined> =>
    maybe(git, ['log', '--format=%T %B', '--end-of-options', `HEAD..${tip}`]);
  const [one, other] = [await said(a), await said(b)];
  if (one === undefined || one !== other) return false;
  const base = (tip: string): Promise<string | undefined> => maybe(git, ['merge-base', 'HEAD', tip]);
  return (await base(a)) === (await base(b));
}

async function refuseCheckedOut(git: Git, branch: string): Promise<void> {
  const trees = await git(['worktree', 'list', '--porcelain']);
  if (!trees.split('\n').includes(`branch refs/heads/${branch}`)) return;
  throw new BakeError('GIT_BRANCH', { branch, reason: 'it is checked out', commits: [] });
}

/** What others have added is worth more than our wish to start again. */
async function refuseForeign(git: Git, branch: string, base: string, tip: string): Promise<void> {
  const log = await git(['log', '--format=%h %an: %s%x00%B%x01', '--end-of-options', `${base}..${tip}`]);
  const commits = log
    .split('\x01')
    .map((one) => one.trim().split('\0'))
    .filter(([title = '', message = '']) => title !== '' && !message.includes(TRAILER))
    .map(([title = '']) => title);
  if (commits.length === 0) return;
  throw new BakeError('GIT_BRANCH', { branch, reason: 'it holds commits of others', commits });
}

/** Commits upon commits with an index of their own. @returns the last one */
async function inOwnIndex({ git }: Repository, base: string, commits: readonly Commit[]): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'bake-git-'));
  const env = { GIT_INDEX_FILE: path.join(folder, 'index') };
  const sign = (await maybe(git, ['config', '--type=bool', 'commit.gpgSign']))?.trim() === 'true';
  const author = await identity(git);
  try {
    await git(['read-tree', base], { env });
    const known = entriesOf(await git(['ls-files', '--stage', '-z'], { env }));
    const blobs = await blobsOf(git, commits, known);
    let tip = base;
    for (const { files, message } of commits) {
      const lines = [...files.keys()].map((file) => blobs.get(file) as string);
      await git(['update-index', '-z', '--index-info'], { env, input: lines.join('') });
      const tree = (await git(['write-tree'], { env })).trim();
      const args = ['commit-tree', ...(sign ? ['-S'] : []), '-p', tip, '-F', '-', tree];
      tip = (await git(args, { env: author, input: `${message}\n\n${TRAILER}\n` })).trim();
    }
    return tip;
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

interface Entry {
  mode: string;
  object: string;
}

/** `100644 OBJECT 0<tab>PATH`, ended by NUL: path → what HEAD has there. */
function entriesOf(listed: string): Map<string, Entry> {
  const lines = listed.split('\0').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const [mode = '', object = ''] = line.split(' ');
      return [line.slice(line.indexOf('\t') + 1), { mode, object }];
    }),
  );
}

/**
 * Path → its line for update-index. HEAD must have the bytes that were rotated, or the branch would carry what somebody
 * has not committed (git status can be told to look away: skip-worktree). A file in a submodule is none of HEAD's.
 */
async function blobsOf(
  git: Git,
  commits: readonly Commit[],
  known: ReadonlyMap<string, Entry>,
): Promise<Map<string, string>> {
  const lines = new Map<string, string>();
  const changed: string[] = [];
  for (const [file, { before, after }] of commits.flatMap(({ files }) => [...files])) {
    const entry = known.get(file);
    const how = entry && (await wayInto(git, file, before, entry.object));
    if (!entry || !how) changed.push(file);
    else {
      const blob = (await git(['hash-object', '-w', '--stdin', how], { input: after })).trim();
      lines.set(file, `${entry.mode} ${blob}\t${file}\0`);
    }
  }
  if (changed.length > 0) throw new BakeError('GIT_CHANGES', { files: changed });
  return lines;
}

/** How the file's bytes became HEAD's: as they are, or by its path (line ends and filters of .gitattributes). */
async function wayInto(git: Git, file: string, bytes: Buffer, object: string): Promise<string | undefined> {
  for (const how of ['--no-filters', `--path=${file}`]) {
    if ((await git(['hash-object', '--stdin', how], { input: bytes })).trim() === object) return how;
  }
  return undefined;
}

/** Whoever git says; on a machine that names nobody, such as a runner, bake itself. */
async function identity(git: Git): Promise<Record<string, string>> {
  if ((await maybe(git, ['var', 'GIT_AUTHOR_IDENT'])) !== undefined) {
    if ((await maybe(git, ['config', 'user.email'])) !== undefined) return {};
  }
  const name = 'ami-bakery';
  const email = 'ami-bakery@users.noreply.github.com';
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
}

export interface Remote {
  name: string;
  /** Its URL, without a login. */
  url: string;
  /** The branch that its HEAD names, such as main. */
  main: string;
  /** The commit its branch of ours is at; undefined: it has none. */
  tip: string | undefined;
}

/**
 * Looks at the remote that pushes go to (remote.pushDefault, else the branch's own, else origin), and brings what it
 * has of the branch.
 * @throws BakeError GIT_REMOTE
 */
export async function lookAtRemote({ git }: Repository, branch: string): Promise<Remote> {
  const head = (await maybe(git, ['symbolic-ref', '--short', '--quiet', 'HEAD']))?.trim();
  const configured = async (key: string): Promise<string | undefined> =>
    (await maybe(git, ['config', key]))?.trim();
  const name =
    (await configured('remote.pushDefault')) ??
    (head === undefined ? undefined : await configured(`branch.${head}.remote`)) ??
    'origin';
  try {
    const url = (await git(['remote', 'get-url', '--push', name])).trim();
    const reference = `refs/heads/${branch}`;
    const listed = await git(['ls-remote', '--symref', name, 'HEAD', reference]);
    const main = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(listed)?.[1] ?? 'main';
    const tip = new RegExp(`^([0-9a-f]{40,64})\\t${escaped(reference)}$`, 'm').exec(listed)?.[1];
    if (tip !== undefined) await git(['fetch', '--quiet', '--no-tags', name, reference]);
    return { name, url: url.replace(/(?<=:\/\/)[^\s]*@/, ''), main, tip };
  } catch (error) {
    if (!(error instanceof GitRefused)) throw error;
    throw new BakeError('GIT_REMOTE', { remote: name, doing: 'looked at', reason: error.message });
  }
}

/**
 * Pushes the branch, and only over what was seen of it.
 * @throws BakeError GIT_REMOTE
 */
export async function pushBranch(
  { git }: Repository,
  { name, tip }: Remote,
  branch: string,
  commit: string,
): Promise<void> {
  const reference = `refs/heads/${branch}`;
  try {
    const lease = `--force-with-lease=${reference}:${tip ?? ''}`;
    await git(['push', '--quiet', '--porcelain', lease, name, `${commit}:${reference}`]);
  } catch (error) {
    if (!(error instanceof GitRefused)) throw error;
    throw new BakeError('GIT_REMOTE', { remote: name, doing: 'pushed to', reason: error.message });
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

async function maybe(git: Git, args: readonly string[]): Promise<string | undefined> {
  try {
    return await git(args);
  } catch (error) {
    if (error instanceof GitRefused) return undefined;
    throw error;
  }
}

/** As the user's own git: credentials, proxies and keys are found as ever, but nothing asks at the terminal. */
function gitIn(folder: string, env: Env, signal: AbortSignal): Git {
  return async (args, { input, env: more } = {}) => {
    const done = await execa('git', args, {
      cwd: folder,
      env: { ...env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_LITERAL_PATHSPECS: '1', ...more },
      extendEnv: false,
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
      reject: false,
      cancelSignal: signal,
      stripFinalNewline: false,
      maxBuffer: 64 * 1024 * 1024,
    });
    signal.throwIfAborted();
    if (done.exitCode === 0) return done.stdout;
    if ((done as { code?: string }).code === 'ENOENT') {
      throw new BakeError('PROGRAM_MISSING', { program: 'git', purpose: 'prepare the pull request' });
    }
    const words = (done.stderr || done.stdout || (done.shortMessage ?? '')).trim().split('\n').slice(-3);
    throw new GitRefused(`git ${args[0] ?? ''}: ${maskLogin(words.join('; '))}`);
  };
}
