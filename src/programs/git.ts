/**
 * Makes a bundle of a repository at a commit with the git program. `git clone` accepts a bundle like a repository
 * (git-bundle(1)).
 */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { trustedBy } from '../aws/network.ts';
import type { Env } from '../util/env.ts';

export interface BundleRequest {
  /** An https URL without a login. */
  remote: string;
  /** The tag, branch or commit as the user named it, so that a clone can check out that name. */
  ref: string;
  commit: string;
  /** The path to write the bundle to. */
  out: string;
  env: Env;
  /** PEM certificates of bakery.yaml. */
  trust: readonly string[];
  signal: AbortSignal;
}

export type BundleResult = { ok: true } | { ok: false; reason: string; missing: boolean };

/** The variables that the child process gets: proxies, CAs, and the paths of programs. */
const PASSED =
  /^(PATH|HOME|LANG|TMPDIR|(https?|no|all)_proxy|GIT_SSL_CAINFO|GIT_TRACE.*|SSL_CERT_(FILE|DIR))$/i;

/**
 * Makes the bundle. With the same version of git, equal history gives equal bytes: it packs with one thread, reuses no
 * deltas of the server, and writes references in a fixed order.
 */
export async function makeBundle(request: BundleRequest): Promise<BundleResult> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'bake-git-'));
  try {
    const git = await gitIn(folder, request);
    await git('init', '--quiet', '--bare', '.');
    const listed = await anonymousFirst(git, ['ls-remote', '--symref', '--', request.remote]);
    const refs = new Set(
      [...listed.matchAll(/^[0-9a-f]{40,64}\t(refs\/(?:heads|tags)\/\S+)$/gm)].map((m) => m[1]),
    );
    const main = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(listed)?.[1] ?? 'main';
    const named = [`refs/tags/${request.ref}`, `refs/heads/${request.ref}`].find((ref) => refs.has(ref));
    const what = named === undefined ? request.commit : `+${named}:${named}`;
    await anonymousFirst(git, ['fetch', '--quiet', '--no-tags', '--', request.remote, what]);
    // The branch may have moved on: the locked commit is in its history or, if the branch was rewritten, must be fetched itself.
    if (!(await has(git, request.commit))) {
      await anonymousFirst(git, ['fetch', '--quiet', '--no-tags', '--', request.remote, request.commit]);
    }
    const heads = [`refs/heads/${main}`, ...(named?.startsWith('refs/heads/') ? [named] : [])];
    for (const head of heads) await git('update-ref', head, request.commit);
    await git('symbolic-ref', 'HEAD', `refs/heads/${main}`);
    const tag = named?.startsWith('refs/tags/') ? [named] : [];
    for (const one of tag) {
      const peeled = (await git('rev-parse', '--verify', '--quiet', `${one}^{commit}`)).trim();
      if (peeled !== request.commit) return { ok: false, missing: false, reason: `${one} is now ${peeled}` };
    }
    await git('-c', 'pack.threads=1', 'repack', '-a', '-d', '-f', '-q', '--window=10', '--depth=50');
    const all = [...new Set(['HEAD', ...heads, ...tag])];
    await git('-c', 'pack.threads=1', 'bundle', 'create', '--quiet', path.resolve(request.out), ...all);
    return { ok: true };
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error;
    return { ok: false, missing: error.missing, reason: error.message };
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

class GitFailed extends Error {
  readonly missing: boolean;

  constructor(message: string, missing = false) {
    super(message);
    this.missing = missing;
  }
}

type Git = (...args: string[]) => Promise<string>;
interface GitWithToken extends Git {
  authorized?: Git;
}

async function gitIn(
  folder: string,
  { remote, env, trust, signal }: Pick<BundleRequest, 'remote' | 'env' | 'trust' | 'signal'>,
): Promise<GitWithToken> {
  const passed = Object.fromEntries(Object.entries(env).filter(([name]) => PASSED.test(name)));
  const own: Record<string, string> = {
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'https:file',
    LC_ALL: 'C',
    // No credential helpers, hooks or filters of the user.
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ASKPASS: '',
  };
  const extra = env['NODE_EXTRA_CA_CERTS'];
  const cas = trustedBy({ ...env }, [...trust, ...(extra ? [await fs.readFile(extra, 'utf8')] : [])]);
  if (cas !== undefined) {
    own['GIT_SSL_CAINFO'] = path.join(folder, 'cas.pem');
    await fs.writeFile(own['GIT_SSL_CAINFO'], cas.join('\n'));
  }
  const run =
    (more: Record<string, string>): Git =>
    async (...args) => {
      const done = await execa('git', args, {
        cwd: folder,
        env: { ...passed, ...own, ...more },
        extendEnv: false,
        stdin: 'ignore',
        reject: false,
        cancelSignal: signal,
        maxBuffer: 64 * 1024 * 1024,
      });
      signal.throwIfAborted();
      if (done.exitCode === 0) return done.stdout;
      const missing = (done as { code?: string }).code === 'ENOENT';
      const words = (done.stderr ?? '').trim().split('\n').slice(-3).join('; ');
      throw new GitFailed(
        `git ${args.find((arg) => /^[a-z]/.test(arg)) ?? ''}: ${words || done.shortMessage || ''}`,
        missing,
      );
    };
  const git: GitWithToken = run({});
  const token = env['GITHUB_TOKEN'] ?? env['GH_TOKEN'];
  if (token !== undefined && token !== '' && remote !== '') {
    // In the environment, because every user of the machine can read arguments.
    const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
    git.authorized = run({
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `http.${new URL(remote).origin}/.extraHeader`,
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
    });
  }
  return git;
}

async function anonymousFirst(git: GitWithToken, args: string[]): Promise<string> {
  try {
    return await git(...args);
  } catch (error) {
    if (!(error instanceof GitFailed) || error.missing || git.authorized === undefined) throw error;
    return git.authorized(...args);
  }
}

async function has(git: Git, commit: string): Promise<boolean> {
  return git('cat-file', '-e', `${commit}^{commit}`).then(
    () => true,
    () => false,
  );
}
