/**
 * The interface of an engine: it makes files from a Build and, where it can, an AMI. A bake engine is one folder below
 * src/engines/ and one line in index.ts. Everything that the rest of bake knows of it is a field here.
 */
import type { ActionRow } from '../aws/action-rows.ts';
import type { Ami } from '../aws/images.ts';
import type { Session } from '../aws/session.ts';
import type { ConfiguredEngine } from '../config/engine-section.ts';
import type { Bakery } from '../config/schema.ts';
import type { Emit } from '../events/events.ts';
import type { Reports } from '../image/report.ts';
import type { Step, VerifyRow } from '../image/step.ts';
import type { UntaggedLeftovers } from '../reap/leftover.ts';
import type { RenderedFile } from '../render/file.ts';
import type { Json } from '../run/plain.ts';
import type { Store } from '../store/store.ts';
import type { Scheduler } from './scheduler.ts';

/** The settings of an engine for one target: plain data that only the engine itself can read. */
export type EngineSettings = Readonly<Record<string, Json | undefined>>;

/** The build instance (`builder` of bakery.yaml), the same for every engine. */
export interface BuilderSettings {
  instanceType: string;
  instanceProfile: string;
  subnet: string | undefined;
  securityGroups: readonly string[];
  /** GiB; undefined: as large as the base image. */
  volumeSize: number | undefined;
  kmsKey: string | undefined;
  tags: Readonly<Record<string, string>>;
}

/** Everything that decides an image: a pure value, made by the render stage. */
export interface Build<S extends EngineSettings = EngineSettings> {
  label: string;
  key: string;
  region: string;
  os: string;
  arch: string;
  parallelcluster: string;
  /** The login user of the base image. */
  user: string;
  base: { id: string; description: string; rootDevice: string; sizeGiB: number | undefined };
  /** The name of the AMI without what an engine must add to it. */
  name: string;
  /** `sha256:<64 hex>`. */
  fingerprint: string;
  /** The prefix of every name that bake gives. */
  prefix: string;
  recipe: string;
  steps: readonly Step[];
  rows: readonly VerifyRow[];
  builder: BuilderSettings;
  /** Made by Engine.settings of the engine that the build is for. */
  settings: S;
}

/** What an engine needs in addition to the Build to make an image. */
export interface BakeContext {
  aws: Session;
  account: string;
  partition: string;
  /** Run id: on the image as bakery:run, and in every client token, so that a resumed run finds its own requests. */
  run: string;
  tags: Readonly<Record<string, string>>;
  /** Absolute; the files of render() are written below it. */
  folder: string;
  /** Keeps staged files and reports (bakery.yaml `store`): keys from src/store/keys.ts. */
  store: Store;
  /** The user wants a new image even if another run is making one: the engine does not join a running build. */
  rebake: boolean;
  emit: Emit;
  signal: AbortSignal;
  /** Called with all reports if rows failed, so that they are judged and stored before the bake fails. */
  heard(said: Reports): Promise<void>;
  /** Records a detail of the bake in the run's journal, so that a resumed run knows it. */
  remember(fact: Record<string, string>): void;
}

/** What the build instance needs of its network and its instance profile. Plain data. */
export interface BuilderNeeds {
  /** AWS services that the instance itself calls, by endpoint name. */
  services: readonly string[];
  /** S3 buckets of AWS that it reads, and why: a clause that follows a colon. */
  buckets: readonly { name: string; why: string }[];
  /** Set if something outside connects to the instance by SSH: who does, and what to do where it cannot. */
  ssh: { why: string; otherwise: string } | undefined;
  /** The actions that its instance profile must allow, and the managed policies of AWS that do. */
  profile: { policies: readonly string[]; actions: readonly string[] };
}

/** The rows of `bake iam` that belong to an engine. */
export interface EngineActions {
  /** To bake with it. */
  bake: readonly ActionRow[];
  /** To manage its pipelines. */
  schedule?: readonly ActionRow[];
}

/** What an engine adds to the help of a command. */
export interface EngineHelp {
  /** Sentences that begin the text about the command. */
  about?: string;
  /** What `--engine` means for the command. */
  option?: string;
  /** [command line, what it does]. */
  examples?: readonly (readonly [string, string])[];
}

/**
 * @typeParam S the settings of a target
 * @typeParam Section the value of the engine's section of bakery.yaml
 */
export interface Engine<
  S extends EngineSettings = EngineSettings,
  Section = unknown,
> extends ConfiguredEngine {
  /** How it bakes, to follow "bakes": `with EC2 Image Builder`. */
  readonly how: string;
  readonly help: Readonly<Record<string, EngineHelp>>;
  readonly actions: EngineActions;
  /** What its builds may leave behind without a tag of bake. */
  readonly leftovers?: UntaggedLeftovers;
  /** Runs bakes inside AWS by itself. Absent: the engine cannot. */
  readonly scheduler?: Scheduler<S>;

  /** The settings of a target. Pure. @param region where it is baked */
  settings(section: Section, of: { bakery: Bakery; region: string }): S;
  /** Values of the section that decide, like steps, what images contain: a part of every fingerprint. */
  carried?(section: Section): Readonly<Record<string, string>>;
  /** Roles that bake passes to AWS in addition to that of the instance profile: names or ARNs. */
  roles?(section: Section): readonly string[];
  /** What the build instance needs of its surroundings. Pure. */
  needs(settings: S, region: string): BuilderNeeds;
  /** Whether this engine made the image, according to its tags. */
  made?(image: Pick<Ami, 'tags'>): boolean;

  /** Pure. */
  render(build: Build<S>): RenderedFile[];
  /**
   * Checks that the programs that it starts are installed and recent enough. Sends no request. Absent: it starts none.
   * @throws BakeError of what is missing
   */
  ready?(settings: S, aws: Session): Promise<void>;
  /**
   * Makes the image and waits until it is available; joins a build of the same fingerprint that is under way.
   * @throws BakeError BAKE_FAILED, VERIFY_FAILED, BAKE_CANCELLED
   */
  bake(build: Build<S>, context: BakeContext): Promise<void>;
  /** The reports of the steps and rows of that image; empty if they are no longer known. */
  said?(image: Ami, aws: Session, store: Store): Promise<Reports>;
  /**
   * Boots the image once more and runs its rows in it. Absent: only bake() reports.
   * @returns the reports of all rows, also of failed ones
   * @throws BakeError BAKE_FAILED if a row did not finish
   */
  prove?(build: Build<S>, image: Ami, context: BakeContext): Promise<Reports>;
}

/** The bake engines by id; the first one is the default. */
export type Engines = Readonly<Record<string, Engine>>;
