/** The names of our Image Builder objects. They contain a digest of the content, so equal content finds the existing object. */
import { randomBytes } from 'node:crypto';
import { canonicalJson } from '../../util/canonical.ts';
import { sha256 } from '../../util/sha256.ts';
import { imageId } from '../../render/names.ts';
import type { Build } from '../engine.ts';

/** The tag that Image Builder itself puts on every AMI that it makes: the ARN of the build. */
export const BUILD_TAG = 'Ec2ImageBuilderArn';

/** Image Builder requires it in the name of an AMI (Image Builder API reference, AmiDistributionConfiguration). */
const BUILD_DATE = ' {{ imagebuilder:buildDate }}';

/** The version of every object: the name contains a digest of the content, and a version is immutable (Image Builder API reference, CreateComponent). */
export const VERSION = '1.0.0';

export interface ArnScope {
  partition: string;
  region: string;
  account: string;
}

/** Names may hold no dots (service model, ResourceName); ARNs hold the lower-case form with - for _ and space. */
export function imageRecipeName(build: Pick<Build, 'name'>): string {
  return imageId(build.name);
}

/** @param body the complete request: equal requests share the object */
export function infrastructureName(prefix: string, body: object): string {
  return `${prefix}-builder-${shortHash(canonicalJson(body))}`;
}

/** The name of a pipeline and its distribution configuration. Each target has one of both. */
export function pipelineName(build: Pick<Build, 'prefix' | 'key'>): string {
  return imageId(`${build.prefix}-pipeline-${build.key}`);
}

/** @param body the complete recipe: different content is a different recipe */
export function pipelineRecipeName(build: Pick<Build, 'prefix' | 'key'>, body: object): string {
  return `${pipelineName(build)}-${shortHash(canonicalJson(body))}`;
}

/** The distribution carries bakery:run in its tags, so each run has its own. */
export function distributionName(build: Pick<Build, 'name'>, run: string): string {
  return `${imageRecipeName(build)}-${run}`;
}

/**
 * The token of a call that creates or replaces an object by its name. The SDK repeats it in the retries of that call. A
 * later call gets a new one: Image Builder answers a known token with the first answer for a day, also if the object was
 * deleted since, and refuses it with another request. Two calls never make two objects, because the name is taken.
 */
export function freshToken(): string {
  return randomBytes(32).toString('hex');
}

/** The idempotency token of one intent, with 1 to 64 characters: a repeat after a crash starts nothing twice. The intent must name the failed attempts before, because their answer would come back. */
export function clientToken(...intent: string[]): string {
  return sha256(intent.join('\n'));
}

/** The ARN that Image Builder gives an object of that name. `version` with build number for components and images. */
export function arnOf(place: ArnScope, kind: string, name: string, version?: string): string {
  const normal = name.toLowerCase().replace(/[ _]/g, '-');
  const tail = version === undefined ? '' : `/${version}`;
  return `arn:${place.partition}:imagebuilder:${place.region}:${place.account}:${kind}/${normal}${tail}`;
}

function shortHash(text: string): string {
  return sha256(text).slice(0, 12);
}

/** The name of an AMI with the build date that Image Builder requires. */
export function imageBuilderName(name: string): string {
  return name + BUILD_DATE;
}
