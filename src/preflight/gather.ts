/** Reads the preflight facts from AWS and DNS. Each fact is read once per session and shared by all targets. */
import { lookup } from 'node:dns/promises';
import type { ReadResult } from '../aws/ask.ts';
import { valueOrUndefined } from '../aws/ask.ts';
import { readKmsKey } from '../aws/keys.ts';
import {
  readDefaultSubnet,
  readGroups,
  readInstanceType,
  readSubnet,
  readSubnetNetwork,
  type Group,
  type SubnetNetwork,
} from '../aws/place.ts';
import { readProfile } from '../aws/profile.ts';
import { readVcpuQuota } from '../aws/quotas.ts';
import type { Session } from '../aws/session.ts';
import type { MirrorFacts, PreflightFacts } from './facts.ts';
import type { BuilderNeeds } from '../engines/engine.ts';
import { quotaOf } from './quotas.ts';

export interface PlaceRequest {
  region: string;
  partition: string;
  /** What the engine needs of the build instance's surroundings. */
  needs: BuilderNeeds;
  arch: string;
  subnet: string | undefined;
  groups: readonly string[];
  instanceType: string;
  profile: string;
  /** Region → KMS key, of all Regions the image goes to. */
  keys: Readonly<Record<string, string>>;
  /** `https://host[:port]/` of the servers that the image downloads from: mirrors, or the proxy in front of them. */
  mirrors: readonly string[];
}

/** Time limit for a DNS lookup, in milliseconds. */
const DNS_MS = 5_000;

/**
 * Makes ten calls per Region for a subnet of bakery.yaml, fewer for the default VPC. It writes nothing.
 * @throws BakeError AWS_CREDENTIALS
 */
export async function gatherPlace(aws: Session, request: PlaceRequest): Promise<PreflightFacts> {
  const { region, partition, needs, arch, subnet: named, instanceType, profile } = request;
  const code = quotaOf(instanceType);
  const need = needs.profile;
  const subnetAnswer = once(aws, `subnet ${region} ${named}`, () =>
    named === undefined ? readDefaultSubnet(aws, region) : readSubnet(aws, region, named),
  );
  const place = subnetAnswer.then(async (answer) => {
    const subnet = valueOrUndefined(answer);
    const surroundings =
      named === undefined || !subnet
        ? undefined
        : await once(aws, `around ${region} ${subnet.id}`, () => readSubnetNetwork(aws, region, subnet));
    const zone = named === undefined ? undefined : subnet?.zone;
    const [groups, type] = await Promise.all([
      readAllGroups(aws, request, surroundings),
      once(aws, `type ${region} ${instanceType} ${zone}`, () =>
        readInstanceType(aws, region, instanceType, zone),
      ),
    ]);
    return { subnet: answer, surroundings, groups, type };
  });
  const [{ subnet, surroundings, groups, type }, profileAnswer, quota, keys, mirrors] = await Promise.all([
    place,
    once(aws, `profile ${profile} ${JSON.stringify(need)}`, () => readProfile(aws, region, profile, need)),
    code === undefined
      ? undefined
      : once(aws, `quota ${region} ${code}`, () => readVcpuQuota(aws, region, code)),
    Promise.all(
      Object.entries(request.keys).map(async ([where, key]) => ({
        region: where,
        key,
        answer: await once(aws, `key ${where} ${key}`, () => readKmsKey(aws, where, key)),
      })),
    ),
    // Names are only resolved for a subnet of bakery.yaml: the routes of the default VPC are not checked.
    named === undefined
      ? []
      : Promise.all(request.mirrors.map((url) => once(aws, `name ${url}`, () => resolveMirror(url)))),
  ]);
  return {
    region,
    partition,
    needs,
    arch,
    named,
    subnet,
    surroundings,
    groupIds: request.groups,
    groups,
    instanceType: { ...type, name: instanceType },
    profile: { ...profileAnswer, name: profile },
    quota: code === undefined || quota === undefined ? undefined : { ...quota, code },
    keys,
    mirrors,
  };
}

/** The builder's groups and those of the endpoints, in one call. */
function readAllGroups(
  aws: Session,
  { region, groups, needs }: PlaceRequest,
  surroundings: SubnetNetwork | undefined,
): Promise<ReadResult<Group[]>> {
  const endpoints = surroundings === undefined ? [] : (valueOrUndefined(surroundings.endpoints) ?? []);
  const used = endpoints.filter(({ service }) => [...needs.services, 's3'].includes(service));
  const ids = [...new Set([...groups, ...used.flatMap((endpoint) => endpoint.groups)])].sort();
  return once(aws, `groups ${region} ${ids.join(' ')}`, () => readGroups(aws, region, ids));
}

/** Resolves the name on this machine. The build instance may have other name servers, but they rarely differ here. */
async function resolveMirror(url: string): Promise<MirrorFacts> {
  const { hostname, port, protocol } = new URL(url);
  const facts = { url, port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port) };
  const late = new Promise<never>((_, fail) => {
    setTimeout(() => fail(new Error('no answer within 5 seconds')), DNS_MS).unref();
  });
  try {
    const found = await Promise.race([lookup(hostname, { all: true, family: 4 }), late]);
    return { ...facts, addresses: { value: found.map(({ address }) => address) } };
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    const unknown = `whether the build instance reaches ${url}: this machine cannot resolve its name (${reason})`;
    return { ...facts, addresses: { unknown } };
  }
}

const memory = new WeakMap<Session, Map<string, Promise<unknown>>>();

/** Reads a value once per session. */
function once<T>(aws: Session, key: string, read: () => Promise<T>): Promise<T> {
  const answers = memory.get(aws) ?? new Map<string, Promise<unknown>>();
  memory.set(aws, answers);
  const earlier = answers.get(key) as Promise<T> | undefined;
  if (earlier) return earlier;
  const answer = read();
  answers.set(key, answer);
  return answer;
}
