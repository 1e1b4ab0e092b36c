/** The interface of pipelines that bake inside AWS: the specification of a target's pipeline, and the calls that read and write it. */
import type { Session } from '../aws/session.ts';
import type { Plain } from '../run/plain.ts';
import type { Store } from '../store/store.ts';
import type { Build, EngineSettings } from './engine.ts';

/** `schedule` of bakery.yaml, overridden by the command line. */
export interface Timing {
  /** `cron(…)` or `rate(…)`. */
  expression: string;
  timezone: string;
  start: 'updates' | 'always';
}

/** The account and Region of a pipeline. */
export interface PipelinePlace {
  partition: string;
  region: string;
  account: string;
}

/** What the pipeline of one target must do. */
export interface PipelineOrder<S extends EngineSettings = EngineSettings> {
  build: Build<S>;
  timing: Timing;
  place: PipelinePlace;
  /** The SSM parameter with the base image, in the Region of the pipeline. */
  parent: { parameter: string; imageId: string };
  /** The parameter that each Region's image is published to; the first Region bakes. */
  publishes: readonly { region: string; name: string }[];
  share: {
    accounts: readonly string[];
    organizations: readonly string[];
    organizationalUnits: readonly string[];
  };
  /** Region → KMS key of copies. */
  kms: Readonly<Record<string, string>>;
}

/** The target of a pipeline. The name of the pipeline derives from it. */
export interface PipelineTarget {
  prefix: string;
  key: string;
}

/** A pipeline by name and ARN. */
export interface PipelineName {
  name: string;
  arn: string;
}

/** What writing a pipeline needs in addition to its specification. */
export interface PipelineWriter {
  aws: Session;
  account: string;
  partition: string;
  run: string;
  store: Store;
}

/**
 * @typeParam Spec what a pipeline must be, State what it is: plain data that only the engine can read
 */
export interface Scheduler<
  S extends EngineSettings = EngineSettings,
  Spec extends object = object,
  State extends object = object,
> {
  /** A setting without which no pipeline can work: its path in bakery.yaml and what is expected there. */
  missing(
    settings: S,
    of: { publishes: string; parent: string },
  ): { path: readonly string[]; expected: string } | undefined;
  /** What the user should know of these pipelines. */
  notes(of: { timing: Timing; refresh: string; channel: string }): string[];
  nameOf(target: PipelineTarget, place: PipelinePlace): PipelineName;
  /** Pure. @throws BakeError STEP_TOO_LARGE, COMPONENTS_TOO_MANY, CONFIG_VALUE */
  spec(request: PipelineOrder<S>): Plain<Spec>;
  read(aws: Session, target: PipelineTarget, place: PipelinePlace): Promise<State>;
  /** Whether the pipeline or a part of it exists. */
  found(state: Plain<State>): 'pipeline' | 'part' | undefined;
  /** When the pipeline checks next whether to bake (ISO 8601); null if that is unknown, or never. */
  next(state: Plain<State>): string | null;
  /** The parts that differ, in the order in which write() writes them. Pure. */
  changes(spec: Plain<Spec>, state: Plain<State>): string[];
  /** @param changes the parts to write */
  write(
    build: Build<S>,
    of: { spec: Plain<Spec>; state: Plain<State>; changes: readonly string[] },
    writer: PipelineWriter,
  ): Promise<void>;
  /** Removes the parts that exist. Keeps images, and objects that several pipelines may share. */
  remove(aws: Session, target: PipelineTarget, place: PipelinePlace): Promise<void>;
}
