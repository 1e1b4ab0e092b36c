/**
 * The shape of what runs inside an image: steps change it and rows check it. Both are data with one bash script each,
 * and every engine gets the same bytes.
 *
 * A script states its needs in a header line, `# bake: {json}`. On AWS the line has no effect; the rehearsal engine
 * reads it to decide whether this machine can run the script (docs/decisions/0003). A script ends with a report line on
 * stdout (report.ts).
 */

/** What a script needs beyond bash and coreutils. */
export interface Needs {
  /** Programs that work the same on any Linux: it is enough that they are on PATH. */
  programs?: readonly string[];
  /**
   * Programs of the target's package family: on a machine of the other family, a program of that name does not count.
   */
  family?: readonly string[];
  /** Steps that this one depends on: it is skipped if one of them is. */
  after?: readonly string[];
  /** It changes owners or installs packages, which requires root. */
  root?: boolean;
  /** It needs the mirror, which a rehearsal reaches only with `--network`. */
  network?: boolean;
}

/** The JSON of a script's header line. */
export interface ScriptHeader extends Needs {
  kind: 'step' | 'row';
  id: string;
  /** sha256 (hex) of the script that this one downloads and runs, if the script is too large for the engine. */
  staged?: string;
}

/**
 * The folder of a step's files while it runs. It is on the root volume, because /tmp and /var/tmp may be small, noexec
 * or cleaned by other programs. Each step removes its files, and the row `assets-staging` checks that the folder is
 * gone.
 */
export const STAGING = '/opt/bakery/staging';

/** A file that a step reads from stagedPath(): the engine puts it there, and the step checks its digest. */
export interface StepFile {
  /** 64 hex digits. */
  sha256: string;
  /** Bytes. */
  size: number;
  /** Absolute path on this machine. It has no influence on the image. */
  source: string;
  /** Its bytes in base64, if it has at most SMALL_FILE bytes: Image Builder then needs no S3 for it. */
  content?: string | undefined;
}

/** In bytes. Such a file fits with its step into a component of 16,000 characters. */
export const SMALL_FILE = 10 * 1024;

/** Absolute path in the image. */
export function stagedPath({ sha256 }: Pick<StepFile, 'sha256'>): string {
  return `${STAGING}/${sha256}`;
}

/** One ordered, idempotent unit of a recipe, rendered. */
export interface Step {
  id: string;
  /** What it does, for the progress display: `trust: corporate CA into the OS store`. */
  title: string;
  needs: Needs;
  /** The whole bash script, header and report line included. */
  script: string;
  /** Files that it needs: a script never contains large files itself. */
  files?: readonly StepFile[] | undefined;
  /** Contains a user's own script, whose text may be confidential. */
  fromUser?: true;
}

/** Every file that the steps need, each once. */
export function filesOf(steps: readonly Pick<Step, 'files'>[]): StepFile[] {
  const all = steps.flatMap(({ files }) => files ?? []);
  return [...new Map(all.map((file) => [file.sha256, file])).values()];
}

/** One thing that must be true inside the baked image. Its script exits 0 when it is, and prints the evidence. */
export interface VerifyRow {
  id: string;
  title: string;
  /** Why it matters. */
  because: string;
  /** A command that shows it to a person. */
  command: string;
  /** What the row expects, in one line. */
  expected: string;
  needs: Needs;
  script: string;
}
