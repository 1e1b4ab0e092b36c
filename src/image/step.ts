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

/** One ordered, idempotent unit of a recipe, rendered. */
export interface Step {
  id: string;
  /** What it does, for progress: `trust: corporate CA into the OS store`. */
  title: string;
  needs: Needs;
  /** The whole bash script, header and report line included. */
  script: string;
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
