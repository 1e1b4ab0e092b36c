/** The sandbox's interface for the layers above; docs/architecture.md lists who may import it. */

export interface Faults {
  /** Share of requests answered with a throttling error, 0…1. */
  throttle?: number;
  /** Share of requests answered with a 500, 0…1. */
  serverError?: number;
  /** Share of requests that are executed but whose answer is lost (connection reset), 0…1. */
  lostAnswer?: number;
  /** Milliseconds by which reads lag behind writes (eventual consistency). */
  staleMs?: number;
  /** Milliseconds added to every answer. */
  slowMs?: number;
  /** Number of requests after which the caller's credentials expire. */
  expireAfter?: number;
  /** Image builds fail. */
  failBuilds?: boolean;
  /** Copies of images fail. */
  failCopies?: boolean;
  /** Number of image builds whose test instance does not answer. */
  failTests?: number;
  /** Builds, tests and copies take as long as on AWS, divided by this number; absent: as long as this machine needs. */
  awsTimes?: number;
  /** Seed of the random numbers, so that a failing test can be repeated. */
  seed?: number;
}

export interface SandboxOptions {
  /** Folder of the state. A missing one is created and seeded with last month's images. */
  state: string;
  /** 0 or absent: a free port. */
  port?: number | undefined;
  /** The account's time, from which its clock runs on; absent: this machine's time. */
  clock?: Date | undefined;
  faults?: Faults | undefined;
  /** off: components are validated but not run; every script is reported as skipped. */
  rehearse?: 'on' | 'off' | undefined;
  /** Root filesystem of instances, a folder or a tar file; absent: this machine's own. */
  rootfs?: string | undefined;
}

export interface Sandbox {
  /** http://127.0.0.1:PORT, for every service and Region. */
  endpoint: string;
  /** us-east-1, the Region of the example. */
  region: string;
  /** Twelve digits. */
  account: string;
  /** True if another process serves this state and this process uses its server. */
  shared: boolean;
  close(): Promise<void>;
}
