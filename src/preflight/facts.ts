/** Owns the shape of what is known of a builder's place before it is judged. */
import type { ReadResult } from '../aws/ask.ts';
import type { KeyFacts } from '../aws/keys.ts';
import type { Group, InstanceTypeFacts, SubnetFacts, SubnetNetwork } from '../aws/place.ts';
import type { ProfileFacts } from '../aws/profile.ts';
import type { Way } from './needs.ts';

export interface MirrorFacts {
  /** `https://mirror.corp.example/`, or the proxy's URL. */
  url: string;
  port: number;
  /** IPv4 addresses as bake sees them, or why there are none. */
  addresses: ReadResult<string[]>;
}

/** JSON-serialisable. */
export interface PlaceFacts {
  region: string;
  partition: string;
  way: Way;
  /** x86_64, arm64. */
  arch: string;
  /** As bakery.yaml names it; undefined: the default VPC's. */
  named: string | undefined;
  subnet: ReadResult<SubnetFacts>;
  /** Of a subnet that bakery.yaml names: a default VPC has the internet behind it. */
  surroundings: SubnetNetwork | undefined;
  /** The builder's own, by id. */
  groupIds: readonly string[];
  /** The builder's and the endpoints'. */
  groups: ReadResult<Group[]>;
  instanceType: ReadResult<InstanceTypeFacts> & { name: string };
  profile: ReadResult<ProfileFacts> & { name: string };
  /** Undefined: a family whose quota we do not know. */
  quota: (ReadResult<number> & { code: string }) | undefined;
  keys: readonly { region: string; key: string; answer: ReadResult<KeyFacts> }[];
  mirrors: readonly MirrorFacts[];
}

/** Something that would make the bake fail: what was found, what is expected, what to do. */
export interface Finding {
  /** subnet-…, instance profile NAME, … */
  about: string;
  found: string;
  expected: string;
  next: string;
}

export interface Judgement {
  findings: Finding[];
  /** What could not be looked at, and why. */
  unchecked: string[];
}
