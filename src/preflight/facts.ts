/** The shape of the preflight facts: what is known about a builder's network, profile, quotas and keys. */
import type { ReadResult } from '../aws/ask.ts';
import type { KeyFacts } from '../aws/keys.ts';
import type { Group, InstanceTypeFacts, SubnetFacts, SubnetNetwork } from '../aws/place.ts';
import type { ProfileFacts } from '../aws/profile.ts';
import type { BuilderNeeds } from '../engines/engine.ts';

export interface MirrorFacts {
  /** `https://mirror.corp.example/`, or the proxy's URL. */
  url: string;
  port: number;
  /** IPv4 addresses from this machine's DNS, or why they are unknown. */
  addresses: ReadResult<string[]>;
}

/** JSON-serialisable. */
export interface PreflightFacts {
  region: string;
  partition: string;
  /** What the engine needs of the place. */
  needs: BuilderNeeds;
  /** x86_64, arm64. */
  arch: string;
  /** The subnet that bakery.yaml names; undefined: a subnet of the default VPC. */
  named: string | undefined;
  subnet: ReadResult<SubnetFacts>;
  /** Only for a subnet that bakery.yaml names: a default VPC has internet access. */
  surroundings: SubnetNetwork | undefined;
  /** The ids of the builder's groups. */
  groupIds: readonly string[];
  /** The builder's groups and those of the endpoints. */
  groups: ReadResult<Group[]>;
  instanceType: ReadResult<InstanceTypeFacts> & { name: string };
  profile: ReadResult<ProfileFacts> & { name: string };
  /** Undefined for a family whose quota is unknown. */
  quota: (ReadResult<number> & { code: string }) | undefined;
  keys: readonly { region: string; key: string; answer: ReadResult<KeyFacts> }[];
  mirrors: readonly MirrorFacts[];
}

/** A problem that would make the bake fail: what was found, what was expected, and what to do next. */
export interface Finding {
  /** subnet-…, instance profile NAME, … */
  about: string;
  found: string;
  expected: string;
  next: string;
}

export interface Assessment {
  findings: Finding[];
  /** What could not be checked, and why. */
  unchecked: string[];
}
