/**
 * Owns what runs inside an image: steps that change it and rows that check it. Both are data with one bash script
 * each; every engine gets the same bytes.
 *
 * A script carries its own needs in a header line, `# bake: {json}`: inert on AWS, read by the rehearsal engine to
 * tell what this machine can run (docs/decisions/0003). It ends with a report line on stdout (see report.ts).
 */

/** What a script needs beyond bash and coreutils. */
export interface Needs {
  /** Programs any Linux has the same way: found on PATH is enough. */
  programs?: readonly string[];
  /** Programs of the target's package family: on a machine of the other family a namesake does not count. */
  family?: readonly string[];
  /** Steps whose result this one builds on: skipped with them. */
  after?: readonly string[];
  /** Changing owners, installing packages: not to be had without root. */
  root?: boolean;
  /** The mirror: a rehearsal has one only with `--network`. */
  network?: boolean;
}

/** Where a script's header JSON is read from and written to. */
export interface ScriptHeader extends Needs {
  kind: 'step' | 'row';
  id: string;
  /** sha256 (hex) of the script that this one fetched and runs, where an engine takes it in no other way. */
  staged?: string;
}

/**
 * Where a step's files lie when it runs. On the root volume, since /tmp and /var/tmp may be small, noexec or cleaned by
 * others; each step takes its own away, and the row `assets-staging` proves that the folder is gone.
 */
export const STAGING = '/opt/bakery/staging';

/** A file that a step finds at stagedPath(): an engine brings it there, the step checks its digest. */
export interface StepFile {
  /** 64 hex digits. */
  sha256: string;
  /** Bytes. */
  size: number;
  /** Absolute path on this machine. It decides nothing about the image. */
  source: string;
  /** Its bytes in base64, where it has at most SMALL_FILE bytes: Image Builder then takes it without S3. */
  content?: string | undefined;
}

/** Bytes: with its step it fits into a component of 16,000 characters. */
export const SMALL_FILE = 10 * 1024;

/** Absolute path in the image. */
export function stagedPath({ sha256 }: Pick<StepFile, 'sha256'>): string {
  return `${STAGING}/${sha256}`;
}

/** One ordered, idempotent unit of a recipe, rendered. */
export interface Step {
  id: string;
  /** What it does, for progress: `trust: corporate CA into the OS store`. */
  title: string;
  needs: Needs;
  /** The whole bash script, header and report line included. */
  script: string;
  /** What it needs beside its script: never large bytes inside a script. */
  files?: readonly StepFile[] | undefined;
  /** Carries a script of the user's own: its text may hold what nobody else should read. */
  fromUser?: true;
}

/** Every file that steps need, each once. */
export function filesOf(steps: readonly Pick<Step, 'files'>[]): StepFile[] {
  const all = steps.flatMap(({ files }) => files ?? []);
  return [...new Map(all.map((file) => [file.sha256, file])).values()];
}

/** One thing that must be true inside the baked image. Its script exits 0 when it is, and prints the evidence. */
export interface VerifyRow {
  id: string;
  title: string;
  /** Why anybody should care. */
  because: string;
  /** What a person would type to look at it. */
  command: string;
  /** What must be found, in a line. */
  expected: string;
  needs: Needs;
  script: string;
}
