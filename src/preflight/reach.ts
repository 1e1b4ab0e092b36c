/** Owns judging what a build instance reaches: AWS through endpoints or routes, S3 with its policy, the mirrors. */
import type { VpcEndpointFacts, Group, SubnetRoute, SecurityGroupRule, SubnetNetwork } from '../aws/place.ts';
import type { Finding, Judgement, MirrorFacts, PlaceFacts } from './facts.ts';
import { egressOf, ingressOf, lets, letsAnybody } from './groups.ts';
import { needs } from './needs.ts';
import { mayRead } from './policy.ts';
import { obstacle, routeTo, SOMEWHERE } from './routes.ts';

interface Reach {
  facts: PlaceFacts;
  around: SubnetNetwork;
  routes: readonly SubnetRoute[];
  endpoints: readonly VpcEndpointFacts[];
  /** Undefined: not all of them could be read. */
  groups: readonly Group[] | undefined;
  egress: readonly SecurityGroupRule[] | undefined;
  /** Prefix lists of gateway endpoints: AWS's own services. */
  awsLists: readonly string[];
}

/** Nothing to say where bakery.yaml names no subnet: the default VPC has the internet behind it. */
export function judgeReach(facts: PlaceFacts): Judgement {
  const around = facts.surroundings;
  if (!around) return { findings: [], unchecked: [] };
  const { routeTable, endpoints, subnets, dns } = around;
  const unchecked = [routeTable, endpoints, subnets, dns].flatMap((answer) =>
    'unknown' in answer ? [answer.unknown] : [],
  );
  if (!('value' in routeTable) || !('value' in endpoints)) return { findings: [], unchecked };

  const groups = 'value' in facts.groups ? (facts.groups.value ?? []) : undefined;
  const own = groups?.filter(({ id }) => facts.groupIds.includes(id));
  const routes = routeTable.value?.routes ?? [];
  const reach: Reach = {
    facts,
    around,
    routes,
    endpoints: endpoints.value ?? [],
    groups,
    // A group that does not exist, or lets nothing out at all, is a finding of its own.
    egress:
      own?.length === facts.groupIds.length && letsAnybody(egressOf(own), 443) ? egressOf(own) : undefined,
    awsLists: routes
      .filter(({ to, via }) => to.startsWith('pl-') && via.startsWith('vpce-'))
      .map(({ to }) => to),
  };
  const { services, buckets } = needs[facts.way];
  const mirrors = facts.mirrors.map((mirror) => judgeMirror(mirror, reach));
  return {
    findings: [
      ...services.flatMap((service) => judgeService(service, reach)),
      ...judgeDoors(services, reach),
      ...judgeS3(buckets(facts.region), reach),
      ...mirrors.flatMap(({ findings }) => findings),
    ],
    unchecked: [...unchecked, ...mirrors.flatMap((mirror) => mirror.unchecked)],
  };
}

/** An endpoint of its own, or a way out to the public one. */
function judgeService(service: string, reach: Reach): Finding[] {
  const { around } = reach;
  const name = nameOf(service, reach);
  const endpoint = reach.endpoints.find((one) => one.service === service && one.kind === 'Interface');
  if (endpoint?.privateDns) return judgeEndpoint(endpoint, name, reach);
  const blocked = obstacle(SOMEWHERE, outward(reach), around.subnet.publicAddresses);
  if (blocked === undefined) return [];
  if (endpoint) {
    return [
      {
        about: endpoint.id,
        found: `private DNS of the endpoint for ${service} is off`,
        expected: `the service's own name leads to the endpoint, since the build instance knows no other`,
        next: `aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${endpoint.id} --private-dns-enabled`,
      },
    ];
  }
  return [
    {
      about: around.subnet.id,
      found: `no endpoint for ${service} in ${around.subnet.vpc}, and to the internet ${blocked}`,
      expected: `the build instance reaches ${service}`,
      next: `make an interface endpoint ${name} with private DNS, or a route out`,
    },
  ];
}

function judgeEndpoint(endpoint: VpcEndpointFacts, name: string, reach: Reach): Finding[] {
  const { around, egress } = reach;
  const findings: Finding[] = [];
  if (endpoint.state !== 'available') {
    findings.push({
      about: endpoint.id,
      found: `the endpoint for ${endpoint.service} is ${endpoint.state}`,
      expected: 'it is available',
      next: 'look at it in the VPC console: it may wait for acceptance',
    });
  }
  const dns = 'value' in around.dns ? around.dns.value : undefined;
  if (dns && !(dns.support && dns.hostnames)) {
    findings.push({
      about: around.subnet.vpc,
      found: `DNS ${dns.support ? 'hostnames are' : 'support is'} off, so no endpoint's private name works`,
      expected: 'enableDnsSupport and enableDnsHostnames on',
      next: `aws ec2 modify-vpc-attribute --vpc-id ${around.subnet.vpc} --enable-dns-${dns.support ? 'hostnames' : 'support'}`,
    });
  }
  const behind = 'value' in around.subnets ? (around.subnets.value ?? []) : [];
  const addresses = behind.filter(({ id }) => endpoint.subnets.includes(id)).map(({ cidr }) => cidr);
  const peer = { addresses, groups: endpoint.groups, otherLists: reach.awsLists };
  if (egress !== undefined && addresses.length > 0 && !lets(egress, 443, peer)) {
    findings.push(shut(name, reach));
  }
  return findings;
}

/** The groups of the endpoints in use, each once: endpoints share them. */
function judgeDoors(
  services: readonly string[],
  { facts, around, endpoints, groups = [] }: Reach,
): Finding[] {
  const used = services.flatMap((service) =>
    endpoints.filter((one) => one.service === service && one.kind === 'Interface'),
  );
  const doors = new Map<string, VpcEndpointFacts[]>();
  for (const endpoint of used) {
    const key = [...endpoint.groups].sort().join(', ');
    doors.set(key, [...(doors.get(key) ?? []), endpoint]);
  }
  const peer = { addresses: [around.subnet.cidr], groups: facts.groupIds };
  return [...doors].flatMap(([key, behind]) => {
    const ids = behind[0]?.groups ?? [];
    const known = groups.filter(({ id }) => ids.includes(id));
    if (known.length !== ids.length || ids.length === 0 || lets(ingressOf(known), 443, peer)) return [];
    return [
      {
        about: key,
        found: `the endpoints for ${behind.map(({ service }) => service).join(', ')} let neither ${facts.groupIds.join(', ')} nor ${around.subnet.cidr} in at port 443`,
        expected: 'HTTPS from the build instance',
        next: `allow TCP 443 from ${facts.groupIds[0] ?? around.subnet.cidr} in one of those groups`,
      },
    ];
  });
}

/** S3: through a gateway endpoint whose policy counts, an interface endpoint, or a way out. */
function judgeS3(buckets: readonly string[], reach: Reach): Finding[] {
  if (buckets.length === 0) return [];
  const { facts, around, egress } = reach;
  const table = 'value' in around.routeTable ? around.routeTable.value?.id : undefined;
  const gateway = reach.endpoints.find(
    (one) => one.service === 's3' && one.kind === 'Gateway' && one.routeTables.includes(table ?? ''),
  );
  if (!gateway) return judgeService('s3', reach);
  const findings: Finding[] = [];
  for (const bucket of buckets) {
    if (mayRead(gateway.policy, facts.partition, bucket) !== 'denied') continue;
    findings.push({
      about: gateway.id,
      found: `its policy does not let objects of ${bucket} through`,
      expected: "Image Builder's own program is fetched from that bucket in every build",
      next: `allow s3:GetObject on arn:${facts.partition}:s3:::${bucket}/* in the endpoint's policy`,
    });
  }
  // Its addresses are those of a prefix list: a rule names that list, or everything.
  if (egress !== undefined && !lets(egress, 443, { addresses: [EVERYWHERE] })) {
    findings.push(shut(nameOf('s3', reach), reach));
  }
  return findings;
}

const EVERYWHERE = '0.0.0.0/0';

function judgeMirror({ url, port, addresses }: MirrorFacts, reach: Reach): Judgement {
  if ('unknown' in addresses) return { findings: [], unchecked: [addresses.unknown] };
  const { around, egress } = reach;
  const findings: Finding[] = [];
  for (const address of addresses.value ?? []) {
    const route = routeTo(address, reach.routes, around.prefixLists);
    const blocked = obstacle(address, route, around.subnet.publicAddresses);
    if (blocked !== undefined) {
      findings.push({
        about: around.subnet.id,
        found: `to ${url} (${address}) ${blocked}`,
        expected: 'the build instance reaches its mirrors',
        next: 'add a route to the route table of the subnet, or name another subnet',
      });
    } else if (
      egress !== undefined &&
      !lets(egress, port, { addresses: [address], otherLists: reach.awsLists })
    ) {
      findings.push(shut(`${url} (${address}:${port})`, reach));
    }
  }
  return { findings, unchecked: [] };
}

function shut(what: string, { facts }: Reach): Finding {
  return {
    about: facts.groupIds.join(', '),
    found: `no rule lets the build instance out to ${what}`,
    expected: 'an outbound rule for it',
    next: 'allow TCP 443 to it in one of builder.securityGroups',
  };
}

function outward({ routes }: Reach): SubnetRoute | undefined {
  return routeTo(SOMEWHERE, routes, {});
}

/** As AWS names an endpoint's service (PrivateLink guide). */
function nameOf(service: string, { facts }: Reach): string {
  return `${facts.partition === 'aws-cn' ? 'cn.com.amazonaws' : 'com.amazonaws'}.${facts.region}.${service}`;
}
