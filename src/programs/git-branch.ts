/**
 * Writes a branch into a repository without touching the working tree, the index or HEAD: it writes only objects and one
 * reference (gitcore-tutorial(7): hash-object, update-index, write-tree, commit-tree, update-ref).
 */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { BakeError } from '../errors/bake-error.ts';
import { maskLogin } from '../util/source.ts';
import type { Env } from '../util/env.ts';

/** The content of a file on disk, and its new content. */
export interface FileChange {
  before: Buffer;
  after: Buffer;
}

/** One commit: complete files, by their paths in the repository. */
export interface Commit {
  message: string;
  files: ReadonlyMap<string, FileChange>;
}

export interface GitRepository {
  /** The absolute path of its top folder. */
  root: string;
  git: Git;
}

interface GitOptions {
  input?: Buffer | string;
  env?: Record<string, string>;
}

export type Git = (args: readonly string[], options?: GitOptions) => Promise<string>;

/** A git command failed. */
class GitRefused extends Error {}

/** The last line of every commit message of bake, by which bake recognizes its own commits on a branch. */
const TRAILER = 'Written-by: bake rotate --pr';
/** The object id that stands for a missing reference (git-update-ref(1)). */
const NO_COMMIT = '0'.repeat(40);

/**
 * Opens the repository that contains a folder.
 * @throws BakeError GIT_NO_REPOSITORY, PROGRAM_MISSING
 */
export async function openRepository(folder: string, env: Env, signal: AbortSignal): Promise<GitRepository> {
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

export interface BranchResult {
  /** The last commit of the branch. */
  commit: string;
  /** Whether the branch had the same content already, so that nothing was written. */
  unchanged: boolean;
}

/**
 * Sets a branch to HEAD plus these commits. A branch with the same files on the same base stays unchanged.
 * @param theirs the commit of the remote branch of that name, which another machine may have pushed
 * @throws BakeError GIT_CHANGES if HEAD has other content than `before`; GIT_BRANCH if the branch is checked out, contains
 * commits of others, or git refuses it
 */
export async function writeBranch(
  repository: GitRepository,
  branch: string,
  commits: readonly Commit[],
  theirs?: string,
): Promise<BranchResult> {
  try {
    return await write(repository, branch, commits, theirs);
  } catch (error) {
    // git itself explains best why a name is invalid or a key cannot sign.
    if (!(error instanceof GitRefused)) throw error;
    throw new BakeError('GIT_BRANCH', { branch, reason: error.message, commits: [] });
  }
}

async function write(
  repository: GitRepository,
  branch: string,
  commits: readonly Commit[],
  theirs: string | undefined,
): Promise<BranchResult> {
  const { git } = repository;
  const reference = `refs/heads/${branch}`;
  const base = (await git(['rev-parse', 'HEAD'])).trim();
  const own = (await tryGit(git, ['rev-parse', '--verify', '--quiet', `${reference}^{commit}`]))?.trim();
  await refuseCheckedOut(git, branch);
  for (const tip of new Set([own, theirs]))
    if (tip !== undefined) await refuseForeign(git, branch, base, tip);
  const tip = await makeCommits(repository, base, commits);
  for (const known of [theirs, own]) {
    if (known === undefined || !(await isSame(git, known, tip))) continue;
    if (known !== own) await git(['update-ref', reference, known, own ?? NO_COMMIT]);
    return { commit: known, unchanged: true };
  }
  await git(['update-ref', '-m', 'bake rotate --pr', reference, tip, own ?? NO_COMMIT]);
  return { commit: tip, unchanged: false };
}

/** Whether two branches have the same trees and messages on the same base, so that only dates differ. */
async function isSame(git: Git, a: string, b: string): Promise<boolean> {
  const contentOf = (tip: string): Promise<string | undefined> =>
    tryGit(git, ['log', '--format=%T %B', '--end-of-options', `HEAD..${tip}`]);
  const [one, other] = [await contentOf(a), await contentOf(b)];
  if (one === undefined || one !== other) return false;
  const base = (tip: string): Promise<string | undefined> => tryGit(git, ['merge-base', 'HEAD', tip]);
  return (await base(a)) === (await base(b));
}

async function refuseCheckedOut(git: Git, branch: string): Promise<void> {
  const trees = await git(['worktree', 'list', '--porcelain']);
  if (!trees.split('\n').includes(`branch refs/heads/${branch}`)) return;
  throw new BakeError('GIT_BRANCH', { branch, reason: 'it is checked out', commits: [] });
}

/** Refuses to replace a branch to which others have committed. */
async function refuseForeign(git: Git, branch: string, base: string, tip: string): Promise<void> {
  const log = await git(['log', '--format=%h %an: %s%x00%B%x01', '--end-of-options', `${base}..${tip}`]);
  const commits = log
    .split('\x01')
    .map((one) => one.trim().split('\0'))
    .filter(([title = '', message = '']) => title !== '' && !message.includes(TRAILER))
    .map(([title = '']) => title);
  if (commits.length === 0) return;
  throw new BakeError('GIT_BRANCH', { branch, reason: 'it contains commits of others', commits });
}

/** Makes the commits with a temporary index. @returns the last commit */
async function makeCommits(
  { git }: GitRepository,
  base: string,
  commits: readonly Commit[],
): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'bake-git-'));
  const env = { GIT_INDEX_FILE: path.join(folder, 'index') };
  const sign = (await tryGit(git, ['config', '--type=bool', 'commit.gpgSign']))?.trim() === 'true';
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

/** Reads lines `100644 OBJECT 0<tab>PATH` that end with NUL: path → the entry of HEAD. */
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
 * Path → its line for update-index. HEAD must contain the bytes that were rotated, or the branch would contain uncommitted
 * changes (git status does not show them for skip-worktree files). HEAD does not contain the files of a submodule.
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
    const how = entry && (await filterFor(git, file, before, entry.object));
    if (!entry || !how) changed.push(file);
    else {
      const blob = (await git(['hash-object', '-w', '--stdin', how], { input: after })).trim();
      lines.set(file, `${entry.mode} ${blob}\t${file}\0`);
    }
  }
  if (changed.length > 0) throw new BakeError('GIT_CHANGES', { files: changed });
  return lines;
}

/** How git converts the file to the object of HEAD: unchanged, or by path (line endings and filters of .gitattributes). */
async function filterFor(git: Git, file: string, bytes: Buffer, object: string): Promise<string | undefined> {
  for (const how of ['--no-filters', `--path=${file}`]) {
    if ((await git(['hash-object', '--stdin', how], { input: bytes })).trim() === object) return how;
  }
  return undefined;
}

/** The author that git is configured with; if there is none, as on a CI runner, it is bake itself. */
async function identity(git: Git): Promise<Record<string, string>> {
  if ((await tryGit(git, ['var', 'GIT_AUTHOR_IDENT'])) !== undefined) {
    if ((await tryGit(git, ['config', 'user.email'])) !== undefined) return {};
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
  /** The URL without a login. */
  url: string;
  /** The branch that HEAD of the remote names, such as main. */
  main: string;
  /** The commit of our branch on the remote; undefined: the remote does not have it. */
  tip: string | undefined;
}

/**
 * Reads the remote that pushes go to (remote.pushDefault, else that of the current branch, else origin), and fetches our
 * branch from it.
 * @throws BakeError GIT_REMOTE
 */
export async function readRemote({ git }: GitRepository, branch: string): Promise<Remote> {
  const head = (await tryGit(git, ['symbolic-ref', '--short', '--quiet', 'HEAD']))?.trim();
  const configured = async (key: string): Promise<string | undefined> =>
    (await tryGit(git, ['config', key]))?.trim();
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
    throw new BakeError('GIT_REMOTE', { remote: name, doing: 'read', reason: error.message });
  }
}

/**
 * Pushes the branch, and replaces only the commit that was read from the remote.
 * @throws BakeError GIT_REMOTE
 */
export async function pushBranch(
  { git }: GitRepository,
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

async function tryGit(git: Git, args: readonly string[]): Promise<string | undefined> {
  try {
    return await git(args);
  } catch (error) {
    if (error instanceof GitRefused) return undefined;
    throw error;
  }
}

/** Runs git with the configuration of the user (credentials, proxies, keys), but without prompts at the terminal. */
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
