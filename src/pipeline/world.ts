/** The types that stages work with: the world, the job, and the results that they pass on. */
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

/** Everything that a stage may read and write. */
export interface World {
  aws: Session;
  account: string;
  partition: string;
  /** The bake engines by id. */
  engines: Engines;
  journal: Journal;
  rotate: RotateSettings;
  /** The store for evidence and staged files (bakery.yaml `store`). */
  store: Store;
  /** Signs the provenance of images; absent: bakery.yaml has no `provenance`. */
  attestor?: Attestor | undefined;
  emit: Emit;
  signal: AbortSignal;
}

/** One target with all its settings, read and checked before the first call. */
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
  /** The digests of the files that the steps install. */
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
  /** Protect the image in a channel against deregistration. */
  protect: boolean;
  /** Days after its replacement until an image is deprecated; null: never. */
  deprecateAfterDays: number | null;
}

/** The results of the stages. */
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
  /** Further remarks: why a channel does not change, which writes there are besides the parameters. */
  notes: string[];
  /** For each parameter, in ISO 8601: the time of the previous value, and the creation of the new image. */
  ages: { was: string | null; now: string | null }[];
}
export interface Rotated {
  rotated: RotatedEntry[];
  unresolved: UnresolvedEntry[];
  /** The effect of a cluster update on each entry of `rotated`. */
  updates: UpdateEntry[];
  /** The edits that were or would be written. */
  edits: Edit[];
  /** The old and new images according to EC2, by id. */
  images: [string, ImageFacts][];
  /** The errors of files that could not be read or written. */
  errors: BakeError[];
}

/** The settings of a target that rotation needs. */
export interface PublishResults {
  publish: Published;
}

export interface TargetResults extends PublishResults {
  resolve: Resolved;
  render: RenderedBuild;
  bake: Baked;
  verify: Verified;
}
