/**
 * Proposes a rotation: commits it to a branch without touching the working tree, and on request pushes the branch and
 * opens a pull request.
 */
import fs from 'node:fs/promises';
import type { Agent } from 'node:https';
import path from 'node:path';
import { BakeError, errorsOf, throwAll } from '../../errors/bake-error.ts';
import { PUBLIC_API } from '../../github/addresses.ts';
import { GitHubRefused } from '../../github/api.ts';
import { httpsTransport } from '../../github/https.ts';
import { openPull, repositoryOf, type Pulled } from '../../github/pulls.ts';
import {
  readRemote,
  openRepository,
  pushBranch,
  writeBranch,
  type FileChange,
  type Commit,
  type Remote,
  type GitRepository,
} from '../../programs/git-branch.ts';
import { compareText } from '../../util/compare.ts';
import { rotatedBytes } from '../apply.ts';
import type { Edit } from '../format.ts';
import { editsByFile } from '../splice.ts';
import { commitMessage, pullRequestBody, pullRequestTitle, type RotationStory } from './body.ts';

export interface Proposal {
  edits: readonly Edit[];
  story: RotationStory;
  /** The folder that file names in the edits and the story are relative to. */
  folder: string;
  branch: string;
  /** The base branch of the pull request; undefined: the main branch of the remote. */
  base: string | undefined;
  /** One commit for each file instead of one for all. */
  commitPerFile: boolean;
  /** Whether to push the branch and open the pull request. */
  remote: boolean;
}

export interface Around {
  env: Readonly<Record<string, string | undefined>>;
  agent: Agent;
  signal: AbortSignal;
}

export interface Proposed {
  branch: string;
  commit: string;
  title: string;
  body: string;
  /** `prepared`: the branch exists in this checkout only. */
  outcome: 'prepared' | Pulled['outcome'];
  number: number | null;
  url: string | null;
}

/**
 * @returns undefined if there is nothing to rotate
 * @throws BakeError, BakeErrors: GIT_NO_REPOSITORY, GIT_CHANGES, GIT_BRANCH, GIT_REMOTE, PULL_REQUEST, PROGRAM_MISSING,
 * and the errors of reading files
 */
export async function propose(proposal: Proposal, around: Around): Promise<Proposed | undefined> {
  const { edits, folder, branch, commitPerFile } = proposal;
  const [first] = edits;
  if (first === undefined) return undefined;
  const start = path.dirname(await fs.realpath(path.resolve(folder, first.file)));
  const repository = await openRepository(start, around.env, around.signal);
  const contents = await contentsOf(edits, folder, repository);
  const story = await withRepositoryPaths(proposal.story, folder, repository);
  const remote = proposal.remote ? await readRemote(repository, branch) : undefined;
  const commits = commitsOf(story.rotated, contents, commitPerFile);
  const { commit, unchanged } = await writeBranch(repository, branch, commits, remote?.tip);
  const text = { title: pullRequestTitle(story), body: pullRequestBody(story) };
  const proposed = { branch, commit, ...text };
  if (!remote) {
    return { ...proposed, outcome: unchanged ? 'unchanged' : 'prepared', number: null, url: null };
  }
  if (remote.tip !== commit) await pushBranch(repository, remote, branch, commit);
  return { ...proposed, ...(await pull(proposal, remote, text, around)) };
}

/** The path in the repository of a link's target: git stores the link itself. */
async function inRepository({ root }: GitRepository, file: string): Promise<string> {
  const inside = path.relative(await fs.realpath(root), await fs.realpath(file));
  return inside.split(path.sep).join('/');
}

/** Maps each path in the repository to the old and the new content. */
async function contentsOf(
  edits: readonly Edit[],
  folder: string,
  repository: GitRepository,
): Promise<Map<string, FileChange>> {
  const contents = new Map<string, FileChange>();
  const errors: BakeError[] = [];
  for (const [file, own] of editsByFile(edits)) {
    const absolute = path.resolve(folder, file);
    try {
      const inside = await inRepository(repository, absolute);
      if (inside.startsWith('../')) {
        const reason = `the others are in ${repository.root}; rotate each repository by itself`;
        throw new BakeError('GIT_NO_REPOSITORY', { folder: path.dirname(absolute), reason });
      }
      contents.set(inside, rotatedBytes(file, absolute, own));
    } catch (error) {
      errors.push(...errorsOf(error));
    }
  }
  throwAll(errors);
  return contents;
}

/** Makes paths relative to the repository, because reviewers do not know the folder of the command. */
async function withRepositoryPaths(
  story: RotationStory,
  folder: string,
  repository: GitRepository,
): Promise<RotationStory> {
  const known = new Map<string, string>();
  for (const { file } of [...story.rotated, ...story.unresolved, ...story.impacts]) {
    if (!known.has(file)) known.set(file, await inRepository(repository, path.resolve(folder, file)));
  }
  const renamed = <E extends { file: string }>(entry: E): E => ({
    ...entry,
    file: known.get(entry.file) ?? entry.file,
  });
  return {
    ...story,
    rotated: story.rotated.map(renamed),
    unresolved: story.unresolved.map(renamed),
    impacts: story.impacts.map(renamed),
  };
}

function commitsOf(
  rotated: RotationStory['rotated'],
  contents: ReadonlyMap<string, FileChange>,
  perFile: boolean,
): Commit[] {
  if (!perFile) return [{ message: commitMessage(rotated), files: contents }];
  return [...contents]
    .sort(([a], [b]) => compareText(a, b))
    .map(([file, change]) => ({
      message: commitMessage(rotated.filter((entry) => entry.file === file)),
      files: new Map([[file, change]]),
    }));
}

async function pull(
  { branch, base }: Proposal,
  remote: Remote,
  text: { title: string; body: string },
  { env, agent }: Around,
): Promise<Pick<Proposed, 'outcome' | 'number' | 'url'>> {
  const there = repositoryOf(remote.url);
  const repository = env['GITHUB_REPOSITORY'] || there?.repository;
  const web = env['GITHUB_SERVER_URL'] || (there ? `https://${there.host}` : '');
  const into = base ?? remote.main;
  const link =
    web !== '' && repository !== undefined ? `${web}/${repository}/compare/${into}...${branch}` : '';
  const failed = (reason: string): BakeError => new BakeError('PULL_REQUEST', { branch, reason, link });
  const token = env['GITHUB_TOKEN'] || env['GH_TOKEN'];
  if (repository === undefined) {
    throw failed(`the remote ${remote.name} is no repository of a GitHub, and GITHUB_REPOSITORY names none`);
  }
  if (token === undefined || token === '') throw failed('there is no token in GITHUB_TOKEN or GH_TOKEN');
  try {
    const github = { api: apiOf(env, there?.host), repository, send: httpsTransport({ token, agent }) };
    return await openPull(github, { branch, base: into, ...text });
  } catch (error) {
    if (error instanceof GitHubRefused || (error as NodeJS.ErrnoException).code !== undefined)
      throw failed((error as Error).message);
    throw error;
  }
}

/**
 * Uses GITHUB_API_URL, which GitHub Actions sets, or the remote's host (GitHub documentation: an enterprise server has
 * /api/v3).
 */
function apiOf(env: Around['env'], host: string | undefined): string {
  const address = env['GITHUB_API_URL'];
  if (address !== undefined && address !== '') return address;
  return host === undefined || /^(ssh\.)?github\.com(:\d+)?$/.test(host)
    ? PUBLIC_API
    : `https://${host.replace(/:\d+$/, '')}/api/v3`;
}
