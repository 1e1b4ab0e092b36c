/**
 * Owns a branch written into a repository beside the checkout: nobody's working tree, index or HEAD is touched, only
 * objects and one reference (gitcore-tutorial(7): hash-object, update-index, write-tree, commit-tree, update-ref).
 */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { BakeError } from '../errors/bake-error.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** One commit: whole files, by their paths in the repository. */
export interface Commit {
  message: string;
  files: ReadonlyMap<string, Buffer>;
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
    const root = (await git(['rev-parse', '--show-toplevel'])).trim();
    await git(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
    return { root, git: gitIn(root, env, signal) };
  } catch (error) {
    if (!(error instanceof GitRefused)) throw error;
    throw new BakeError('GIT_NO_REPOSITORY', { folder, reason: error.message });
  }
}

/**
 * Files that are not as the last commit has them: changed, or not in git at all.
 * @param files paths in the repository
 */
export async function changedFiles({ git }: Repository, files: readonly string[]): Promise<string[]> {
  const status = await git(['status', '--porcelain=v1', '-z', '--ignored', '--no-renames', '--', ...files]);
  return status
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => line.slice(3));
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
 * @throws BakeError GIT_BRANCH where it is checked out, or holds commits of others; GIT_FAILED
 */
export async function writeBranch(
  repository: Repository,
  branch: string,
  commits: readonly Commit[],
  theirs?: string,
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
    const modes = modesOf(await git(['ls-files', '--stage', '-z'], { env }));
    let tip = base;
    for (const { files, message } of commits) {
      const lines: string[] = [];
      for (const [file, content] of files) {
        // By its path: line ends and filters as .gitattributes says.
        const blob = await git(['hash-object', '-w', '--stdin', `--path=${file}`], { input: content });
        lines.push(`${modes.get(file) ?? '100644'} ${blob.trim()}\t${file}\0`);
      }
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

/** `100644 OBJECT 0<tab>PATH`, ended by NUL: path → mode. */
function modesOf(listed: string): Map<string, string> {
  const lines = listed.split('\0').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(line.indexOf('\t') + 1), line.slice(0, 6)]));
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
    return { name, url: url.replace(/\/\/[^/@]*@/, '//'), main, tip };
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
    throw new GitRefused(`git ${args[0] ?? ''}: ${words.join('; ').replace(/\/\/[^/@\s]*@/g, '//')}`);
  };
}
