/** Owns what the embedded AWS offers to the rest: `cli/` opens it; nothing else may import from sandbox/. */

export interface Faults {
  /** Share of requests answered with a throttling error, 0…1. */
  throttle?: number;
  /** Share of requests answered with a 500, 0…1. */
  serverError?: number;
  /** Share of requests that are carried out but whose answer is lost (connection reset), 0…1. */
  lostAnswer?: number;
  /** Milliseconds by which reads lag behind writes (eventual consistency). */
  staleMs?: number;
  /** Milliseconds added to every answer. */
  slowMs?: number;
  /** Requests that are answered before the caller's credentials expire. */
  expireAfter?: number;
  /** Image builds fail. */
  failBuilds?: boolean;
  /** So many test instances of image builds do not answer. */
  failTests?: number;
  /** Builds, tests and copies take as long as AWS takes, this many times faster; absent: as long as this machine takes. */
  awsTimes?: number;
  /** Seed of the dice, so that a failing test can be repeated. */
  seed?: number;
}

export interface SandboxOptions {
  /** Folder of the state: made when absent; a new one is seeded with an account that has lived. */
  state: string;
  /** 0 or absent: a free one. */
  port?: number | undefined;
  /** The account's time now, for playing a month through; it runs on from there. Absent: this machine's clock. */
  clock?: Date | undefined;
  faults?: Faults | undefined;
  /** off: components are checked and accepted, nothing is run (every script is reported as skipped). */
  rehearse?: 'on' | 'off' | undefined;
  /** Root filesystem for instances instead of this machine's own (folder or tar). */
  rootfs?: string | undefined;
}

export interface Sandbox {
  /** http://127.0.0.1:PORT: every service and Region at this one address. */
  endpoint: string;
  /** us-east-1: where the example lives. */
  region: string;
  /** Twelve digits. */
  account: string;
  /** True when another process on this machine already serves this state and we only use it. */
  shared: boolean;
  close(): Promise<void>;
}
