/** Owns what an engine is: something that turns a Build into files to read, and (where it can) into an AMI. */
import type { Emit } from '../events/events.ts';
import type { Session } from '../aws/session.ts';
import type { Ami } from '../aws/images.ts';
import type { Reports } from '../image/report.ts';
import type { Step, VerifyRow } from '../image/step.ts';
import type { RenderedFile } from '../render/file.ts';
import type { ImageBuilderSettings } from '../render/imagebuilder.ts';
import type { PackerSettings } from '../render/packer.ts';
import type { Store } from '../store/store.ts';

/** How and where the builder instance runs (bakery.yaml `builder`). */
export interface BuilderSettings {
  instanceType: string;
  instanceProfile: string;
  subnet: string | undefined;
  securityGroups: readonly string[];
  /** GiB; undefined: as large as the base image. */
  volumeSize: number | undefined;
  kmsKey: string | undefined;
  tags: Readonly<Record<string, string>>;
  packer: PackerSettings;
  imageBuilder: ImageBuilderSettings;
}

/** Everything that decides an image: a pure value, made by the render stage. */
export interface Build {
  label: string;
  key: string;
  region: string;
  os: string;
  arch: string;
  parallelcluster: string;
  /** The login user of the base image. */
  user: string;
  base: { id: string; description: string; rootDevice: string; sizeGiB: number | undefined };
  /** AMI name without what an engine must add to it. */
  name: string;
  /** `sha256:<64 hex>`. */
  fingerprint: string;
  /** What every name of ours starts with. */
  prefix: string;
  recipe: string;
  steps: readonly Step[];
  rows: readonly VerifyRow[];
  builder: BuilderSettings;
}

/** What an engine needs beside the Build to make an image. */
export interface BakeContext {
  aws: Session;
  account: string;
  partition: string;
  /** Run id: on the image as bakery:run, and in every client token, so that a resumed run finds its own requests. */
  run: string;
  tags: Readonly<Record<string, string>>;
  /** Absolute; what render() gave is written below it. */
  folder: string;
  /** Where staged files and reports are kept (bakery.yaml `store`): keys from src/store/keys.ts. */
  store: Store;
  /** A new image is wanted even where one is being made: nothing under way is joined. */
  rebake: boolean;
  emit: Emit;
  signal: AbortSignal;
  /** Takes everything that was said, when rows of it were red: it is judged and written down before the bake fails. */
  heard(said: Reports): Promise<void>;
  /** Remembers something of a bake under way in the run's journal. */
  remember(fact: Record<string, string>): void;
}

export interface Engine {
  id: string;
  /** Pure. */
  render(build: Build): RenderedFile[];
  /**
   * Looks whether the programs it starts are on this machine and will do; asks AWS nothing. Absent: it starts none.
   * @throws BakeError of what is missing
   */
  ready?(builder: BuilderSettings, aws: Session): Promise<void>;
  /**
   * Makes the image and waits until it is available; joins a build of the same fingerprint that is under way.
   * @throws BakeError BAKE_FAILED, VERIFY_FAILED, BAKE_CANCELLED
   */
  bake(build: Build, context: BakeContext): Promise<void>;
  /** What the steps and rows of that image said; nothing where it is no longer known. */
  said?(image: Ami, aws: Session, store: Store): Promise<Reports>;
  /**
   * Boots the image once more and runs its rows in it. Absent: what bake() had said is all there is.
   * @returns what the rows said, red ones included
   * @throws BakeError BAKE_FAILED where not every row came to its end
   */
  prove?(build: Build, image: Ami, context: BakeContext): Promise<Reports>;
}
