/** What the operating system refused, by the error code of errno(3), and what to do about it. */

/** The machine has too little of something. */
const SHORTAGES: Readonly<Record<string, string>> = {
  EMFILE: 'allow bake more open files (`ulimit -n 4096`)',
  ENFILE: 'all programs together have too many open files: end some, or raise the sysctl fs.file-max',
  ENOMEM: 'free some memory',
  EAGAIN: 'allow this user more processes (`ulimit -u`), or free some memory',
};

/** A disk is full, over quota, read-only, broken, or not accessible. */
const DISKS: Readonly<Record<string, string>> = {
  ENOSPC: 'free some space',
  EDQUOT: 'free some space, or raise the quota',
  EROFS: 'make the file system writable, or use a folder on another one',
  EIO: 'check the disk',
  EACCES: 'let this user write there',
  EPERM: 'let this user write there',
};

const REMEDIES: Readonly<Record<string, string>> = { ...SHORTAGES, ...DISKS };
/** Messages start with the code (`EMFILE: too many open files, open 'x'`) or contain it (`spawn x EMFILE`). */
const CODE = new RegExp(`\\b(${Object.keys(REMEDIES).join('|')})\\b`);

/** Errors of calls that bake made wrongly, not refusals. */
const OWN_MISTAKES = new Set(['EBADF', 'EINVAL', 'EFAULT', 'ENOTSOCK']);

/** What to do about a reason that has one of these codes; undefined for any other reason. */
export function remedyOf(reason: string): string | undefined {
  const code = CODE.exec(reason)?.[1];
  return code === undefined ? undefined : REMEDIES[code];
}

/** Whether a shortage of this machine, not the other side, refused the call. */
export function isShortage({ code }: { code?: string | undefined }): boolean {
  return code !== undefined && Object.hasOwn(SHORTAGES, code);
}

export function isDiskError({ code }: { code?: string | undefined }): boolean {
  return code !== undefined && Object.hasOwn(DISKS, code);
}

/** Whether the operating system refused a call of Node.js (https://nodejs.org/api/errors.html#class-systemerror). */
export function isSystemError(error: Error): error is NodeJS.ErrnoException & { code: string } {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && typeof syscall === 'string' && !OWN_MISTAKES.has(code);
}
