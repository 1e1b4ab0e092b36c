/**
 * Checks what a build instance reaches: AWS through endpoints or routes, S3 through its endpoint policy, the mirrors.
 */
import type { VpcEndpointFacts, Group, SubnetRoute, SecurityGroupRule, SubnetNetwork } from '../aws/place.ts';
import type { Assessment, Finding, MirrorFacts, PreflightFacts } from './facts.ts';
import type { BuilderNeeds } from '../engines/engine.ts';
import { allows, allowsAnyPeer, egressOf, ingressOf } from './groups.ts';
import { mayRead } from './policy.ts';
import { INTERNET_ADDRESS, obstacle, routeTo } from './routes.ts';

interface Reach {
  facts: PreflightFacts;
  around: SubnetNetwork;
  routes: readonly SubnetRoute[];
  endpoints: readonly VpcEndpointFacts[];
  /** Undefined if the groups could not be read. */
  groups: readonly Group[] | undefined;
  egress: readonly SecurityGroupRule[] | undefined;
  /** Prefix lists of gateway endpoints, which contain addresses of AWS services only. */
  awsLists: readonly string[];
}

/** Finds nothing if bakery.yaml names no subnet, because the default VPC has internet access. */
export function assessReach(facts: PreflightFacts): Assessment {
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
    // assess.ts reports a group that does not exist or that allows no outbound traffic.
    egress:
      own?.length === facts.groupIds.length && allowsAnyPeer(egressOf(own), 443) ? egressOf(own) : undefined,
    awsLists: routes
      .filter(({ to, via }) => to.startsWith('pl-') && via.startsWith('vpce-'))
      .map(({ to }) => to),
  };
  const { services, buckets } = facts.needs;
  const mirrors = facts.mirrors.map((mirror) => assessMirror(mirror, reach));
  return {
    findings: [
      ...services.flatMap((service) => assessService(service, reach)),
      ...assessEndpointGroups(services, reach),
      ...assessS3(buckets, reach),
      ...mirrors.flatMap(({ findings }) => findings),
    ],
    unchecked: [...unchecked, ...mirrors.flatMap((mirror) => mirror.unchecked)],
  };
}

/** The service needs an interface endpoint or a route to its public endpoint. */
function assessService(service: string, reach: Reach): Finding[] {
  const { around } = reach;
  const name = nameOf(service, reach);
  const endpoint = reach.endpoints.find((one) => one.service === service && one.kind === 'Interface');
  if (endpoint?.privateDns) return assessEndpoint(endpoint, name, reach);
  const blocked = obstacle(INTERNET_ADDRESS, internetRoute(reach), around.subnet.publicAddresses);
  if (blocked === undefined) return [];
  if (endpoint) {
    return [
      {
        about: endpoint.id,
        found: `private DNS of the endpoint for ${service} is off`,
        expected: `the service's public name resolves to the endpoint: the build instance uses that name`,
        next: `aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${endpoint.id} --private-dns-enabled`,
      },
    ];
  }
  return [
    {
      about: around.subnet.id,
      found: `no endpoint for ${service} in ${around.subnet.vpc}, and no access to the internet: ${blocked}`,
      expected: `the build instance reaches ${service}`,
      next: `create an interface endpoint for ${name} with private DNS, or a route to the internet`,
    },
  ];
}

function assessEndpoint(endpoint: VpcEndpointFacts, name: string, reach: Reach): Finding[] {
  const { around, egress } = reach;
  const findings: Finding[] = [];
  if (endpoint.state !== 'available') {
    findings.push({
      about: endpoint.id,
      found: `the endpoint for ${endpoint.service} is ${endpoint.state}`,
      expected: 'an available endpoint',
      next: 'open it in the VPC console: it may wait for acceptance',
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
  if (egress !== undefined && addresses.length > 0 && !allows(egress, 443, peer)) {
    findings.push(noOutboundRule(name, reach));
  }
  return findings;
}

/** The endpoints must accept the build instance. Endpoints with the same groups share one finding. */
function assessEndpointGroups(
  services: readonly string[],
  { facts, around, endpoints, groups = [] }: Reach,
): Finding[] {
  const used = services.flatMap((service) =>
    endpoints.filter((one) => one.service === service && one.kind === 'Interface'),
  );
  const byGroups = new Map<string, VpcEndpointFacts[]>();
  for (const endpoint of used) {
    const key = [...endpoint.groups].sort().join(', ');
    byGroups.set(key, [...(byGroups.get(key) ?? []), endpoint]);
  }
  const peer = { addresses: [around.subnet.cidr], groups: facts.groupIds };
  return [...byGroups].flatMap(([key, behind]) => {
    const ids = behind[0]?.groups ?? [];
    const known = groups.filter(({ id }) => ids.includes(id));
    if (known.length !== ids.length || ids.length === 0 || allows(ingressOf(known), 443, peer)) return [];
    return [
      {
        about: key,
        found: `the endpoints for ${behind.map(({ service }) => service).join(', ')} allow port 443 neither from ${facts.groupIds.join(', ')} nor from ${around.subnet.cidr}`,
        expected: 'an inbound rule for HTTPS from the build instance',
        next: `allow TCP 443 from ${facts.groupIds[0] ?? around.subnet.cidr} in one of those groups`,
      },
    ];
  });
}

/** S3 needs a gateway endpoint whose policy allows the buckets, an interface endpoint, or a route to the internet. */
function assessS3(buckets: BuilderNeeds['buckets'], reach: Reach): Finding[] {
  if (buckets.length === 0) return [];
  const { facts, around, egress } = reach;
  const table = 'value' in around.routeTable ? around.routeTable.value?.id : undefined;
  const gateway = reach.endpoints.find(
    (one) => one.service === 's3' && one.kind === 'Gateway' && one.routeTables.includes(table ?? ''),
  );
  if (!gateway) return assessService('s3', reach);
  const findings: Finding[] = [];
  for (const { name: bucket, why } of buckets) {
    if (mayRead(gateway.policy, facts.partition, bucket) !== 'denied') continue;
    findings.push({
      about: gateway.id,
      found: `its policy does not allow reading objects of ${bucket}`,
      expected: `access to that bucket: ${why}`,
      next: `allow s3:GetObject on arn:${facts.partition}:s3:::${bucket}/* in the endpoint's policy`,
    });
  }
  // The endpoint's addresses are in a prefix list, so a rule must name that list or every address.
  if (egress !== undefined && !allows(egress, 443, { addresses: [EVERYWHERE] })) {
    findings.push(noOutboundRule(nameOf('s3', reach), reach));
  }
  return findings;
}

const EVERYWHERE = '0.0.0.0/0';

function assessMirror({ url, port, addresses }: MirrorFacts, reach: Reach): Assessment {
  if ('unknown' in addresses) return { findings: [], unchecked: [addresses.unknown] };
  const { around, egress } = reach;
  const findings: Finding[] = [];
  for (const address of addresses.value ?? []) {
    const route = routeTo(address, reach.routes, around.prefixLists);
    const blocked = obstacle(address, route, around.subnet.publicAddresses);
    if (blocked !== undefined) {
      findings.push({
        about: around.subnet.id,
        found: `cannot reach ${url} (${address}): ${blocked}`,
        expected: 'the build instance reaches its mirrors',
        next: 'add a route to the route table of the subnet, or choose another subnet',
      });
    } else if (
      egress !== undefined &&
      !allows(egress, port, { addresses: [address], otherLists: reach.awsLists })
    ) {
      findings.push(noOutboundRule(`${url} (${address}:${port})`, reach));
    }
  }
  return { findings, unchecked: [] };
}

function noOutboundRule(what: string, { facts }: Reach): Finding {
  return {
    about: facts.groupIds.join(', '),
    found: `no outbound rule allows connections to ${what}`,
    expected: 'an outbound rule for it',
    next: 'allow TCP 443 to it in one of the groups of builder.securityGroups',
  };
}

function internetRoute({ routes }: Reach): SubnetRoute | undefined {
  return routeTo(INTERNET_ADDRESS, routes, {});
}

/** AWS's name for the service of an endpoint (PrivateLink guide). */
function nameOf(service: string, { facts }: Reach): string {
  return `${facts.partition === 'aws-cn' ? 'cn.com.amazonaws' : 'com.amazonaws'}.${facts.region}.${service}`;
}
