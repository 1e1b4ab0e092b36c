/** Reads the current commit of the checkout from .git, without starting git. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { maskLogin } from '../util/source.ts';

export interface GitCheckout {
  /** 40 or 64 hex digits. Uncommitted changes are not detected. */
  commit: string;
  /** URL of `origin`, without login. */
  remote: string | undefined;
}

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/**
 * The checkout that contains `folder`; undefined if there is none or it cannot be read.
 * @see gitrepository-layout(5): HEAD, refs, packed-refs, commondir; git-worktree(1): a file `.git`
 */
export async function findCheckout(folder: string): Promise<GitCheckout | undefined> {
  const git = await findGit(folder);
  if (git === undefined) return undefined;
  const common = path.resolve(git, (await read(path.join(git, 'commondir')))?.trim() ?? '.');
  const head = (await read(path.join(git, 'HEAD')))?.trim() ?? '';
  const ref = /^ref: (refs\/[^\0\n]+)$/.exec(head)?.[1];
  const commit = ref === undefined ? head : await commitOf(git, common, ref);
  if (commit === undefined || !COMMIT.test(commit)) return undefined;
  return { commit, remote: originOf((await read(path.join(common, 'config'))) ?? '') };
}

async function findGit(folder: string): Promise<string | undefined> {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const git = path.join(at, '.git');
    const stat = await fs.stat(git).catch(() => undefined);
    if (stat?.isDirectory()) return git;
    const elsewhere = stat?.isFile() ? /^gitdir: (.+)$/m.exec((await read(git)) ?? '')?.[1] : undefined;
    if (elsewhere !== undefined) return path.resolve(at, elsewhere);
    if (path.dirname(at) === at) return undefined;
  }
}

async function commitOf(git: string, common: string, ref: string): Promise<string | undefined> {
  if (ref.split('/').includes('..')) return undefined;
  const loose = (await read(path.join(git, ref))) ?? (await read(path.join(common, ref)));
  if (loose !== undefined) return loose.trim();
  const packed = ((await read(path.join(common, 'packed-refs'))) ?? '').split('\n');
  return packed.find((line) => line.endsWith(` ${ref}`))?.split(' ')[0];
}

function originOf(config: string): string | undefined {
  const section = /^\[remote "origin"\]\s*$([\s\S]*?)(?=^\[|(?![\s\S]))/m.exec(config)?.[1] ?? '';
  const url = /^\s*url\s*=\s*(\S+)\s*$/m.exec(section)?.[1];
  return url === undefined ? undefined : maskLogin(url);
}

/** @returns undefined if the file cannot be read: the commit is then unknown */
async function read(file: string): Promise<string | undefined> {
  return fs.readFile(file, 'utf8').catch(() => undefined);
}
