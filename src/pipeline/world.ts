/** Owns what stages work with: the world they may touch, the job they do, and what each of them hands on. */
import type { Ami } from '../aws/images.ts';
import type { Session } from '../aws/session.ts';
import type { BuilderSettings, Engines, EngineSettings } from '../engines/engine.ts';
import type { BakeError } from '../errors/bake-error.ts';
import type { Emit } from '../events/events.ts';
import type { ImageInputs } from '../image/inputs.ts';
import type { ImageParts } from '../image/parts.ts';
import type { Verified } from '../image/verdict.ts';
import type { Target } from '../os/target.ts';
import type { ShareSettings } from '../publish/share.ts';
import type { Edit } from '../rotate/format.ts';
import type { RotateSettings } from '../rotate/gather.ts';
import type { ImageFacts } from '../rotate/obstacles.ts';
import type { Templates } from '../text/templates.ts';
import type { Store } from '../store/store.ts';
import type { Attestor } from './attest.ts';
import type { RenderedBuild } from './stages/render.ts';
import type { Refresh } from './fingerprint.ts';
import type { Journal } from '../run/journal.ts';
import type {
  ImageEntry,
  ParameterEntry,
  RotatedEntry,
  UnresolvedEntry,
  UpdateEntry,
} from '../entries/result.ts';

export type { RotateSettings } from '../rotate/gather.ts';

/** Everything a stage may touch. */
export interface World {
  aws: Session;
  account: string;
  partition: string;
  /** The bake engines by id. */
  engines: Engines;
  journal: Journal;
  rotate: RotateSettings;
  /** Where evidence and staged files are kept (bakery.yaml `store`). */
  store: Store;
  /** Signs where images come from; absent: bakery.yaml has no `provenance`. */
  attestor?: Attestor | undefined;
  emit: Emit;
  signal: AbortSignal;
}

/** One target and everything its bake was told, read and checked before the first call. */
export interface Job {
  target: Target;
  /** The id of the engine that bakes it. */
  engine: string;
  /** Each engine's own settings, by id: another one than the target's may boot its image. */
  settings: Readonly<Record<string, EngineSettings>>;
  /** The bare name of a shipped recipe, or the recipe's path from the folder of bakery.yaml. */
  recipe: string;
  image: ImageInputs;
  /** The image's steps and rows, computed once from `image`. */
  parts: ImageParts;
  /** Digests of what the steps carry. */
  carried: Readonly<Record<string, string>>;
  builder: BuilderSettings;
  /** Region → KMS key for copies. */
  kms: Readonly<Record<string, string>>;
  prefix: string;
  refresh: Refresh;
  rebake: boolean;
  publish: PublishSettings;
  templates: Templates;
}

export interface PublishSettings {
  /** `/hpc/ami/{channel}/{os}/{arch}/{parallelcluster}` */
  parameter: string;
  channel: string;
  share: ShareSettings;
  /** Guard the image in a channel against deregistration. */
  protect: boolean;
  /** Days from being replaced until the old image is deprecated; null: never. */
  deprecateAfterDays: number | null;
}

/** What each stage hands on. */
export interface Resolved {
  base: Ami;
}
export interface Baked {
  outcome: ImageEntry['outcome'];
  /** null in a plan that would bake it. */
  image: Ami | null;
}
export interface Published {
  images: { region: string; image: Ami | null }[];
  parameters: ParameterEntry[];
  /** What else there is to say: why a channel stays, what is written beside the parameters. */
  notes: string[];
  /** By parameter, ISO 8601: since when the previous image was there, and when the new one was made. */
  ages: { was: string | null; now: string | null }[];
}
export interface Rotated {
  rotated: RotatedEntry[];
  unresolved: UnresolvedEntry[];
  /** What becomes of each of `rotated`. */
  updates: UpdateEntry[];
  /** What was written, or would be. */
  edits: Edit[];
  /** What EC2 says of old and new images, by id. */
  images: [string, ImageFacts][];
  /** Files that could not be read or written; the others were rotated all the same. */
  errors: BakeError[];
}

/** What rotation needs to know of a target. */
export interface PublishResults {
  publish: Published;
}

export interface TargetResults extends PublishResults {
  resolve: Resolved;
  render: RenderedBuild;
  bake: Baked;
  verify: Verified;
}
