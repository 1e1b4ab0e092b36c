/** Owns judging a builder's place, purely: facts → everything that would make the bake fail, all at once. */
import type { ReadResult } from '../aws/ask.ts';
import type { SubnetFacts } from '../aws/place.ts';
import type { Finding, Judgement, PlaceFacts } from './facts.ts';
import { egressOf, ingressOf, letsAnybody } from './groups.ts';
import { needs } from './needs.ts';
import { judgeReach } from './reach.ts';

export function judge(facts: PlaceFacts): Judgement {
  const parts = [subnet, groups, judgeReach, instanceType, profile, quota, keys];
  const judgements = parts.map((part) => part(facts));
  return {
    findings: judgements.flatMap(({ findings }) => findings),
    unchecked: [...new Set(judgements.flatMap(({ unchecked }) => unchecked))],
  };
}

/** Judges what was read; what was not is unchecked. */
function weigh<T>(answer: ReadResult<T>, look: (value: T | null) => Finding[]): Judgement {
  if ('unknown' in answer) return { findings: [], unchecked: [answer.unknown] };
  return { findings: look(answer.value), unchecked: [] };
}

function subnet({ subnet: answer, named, region }: PlaceFacts): Judgement {
  return weigh(answer, (found) => {
    if (!found && named === undefined) {
      return [
        {
          about: `builder.subnet`,
          found: `none named, and no default VPC in ${region}`,
          expected: 'a subnet for the build instance',
          next: 'name one at builder.subnet, with builder.securityGroups',
        },
      ];
    }
    if (!found) {
      return [
        {
          about: `builder.subnet`,
          found: `${named} does not exist in ${region}`,
          expected: 'a subnet of this account in the first Region of the target',
          next: 'aws ec2 describe-subnets lists those there are',
        },
      ];
    }
    if (found.freeAddresses > 0) return [];
    return [
      {
        about: found.id,
        found: `no free address in ${found.cidr}`,
        expected: 'one for the build instance',
        next: 'name another subnet at builder.subnet',
      },
    ];
  });
}

function groups(facts: PlaceFacts): Judgement {
  const { groups: answer, groupIds, way, subnet: place, region } = facts;
  return weigh(answer, (found) => {
    const all = found ?? [];
    const own = all.filter(({ id }) => groupIds.includes(id));
    const vpc = vpcOf(place);
    const findings: Finding[] = [];
    for (const id of groupIds) {
      const group = own.find((one) => one.id === id);
      if (!group) {
        findings.push({
          about: 'builder.securityGroups',
          found: `${id} does not exist in ${region}`,
          expected: "a security group of the subnet's VPC",
          next: 'aws ec2 describe-security-groups lists those there are',
        });
      } else if (vpc !== undefined && group.vpc !== vpc) {
        findings.push({
          about: id,
          found: `it belongs to ${group.vpc}`,
          expected: `a security group of ${vpc}, the subnet's VPC`,
          next: 'name one of that VPC at builder.securityGroups',
        });
      }
    }
    const complete = own.length === groupIds.length && groupIds.length > 0;
    if (complete && needs[way].ssh && !letsAnybody(ingressOf(own), 22)) {
      findings.push({
        about: groupIds.join(', '),
        found: 'nobody is let in at port 22',
        expected: 'Packer reaches the build instance by SSH from where bake runs',
        next: 'allow TCP 22 from this address, or set packer.ssh: session-manager',
      });
    }
    if (complete && !letsAnybody(egressOf(own), 443)) {
      findings.push({
        about: groupIds.join(', '),
        found: 'nothing is let out at port 443',
        expected: 'the build instance reaches mirrors and AWS over HTTPS',
        next: 'allow TCP 443 outbound',
      });
    }
    return findings;
  });
}

function vpcOf(place: ReadResult<SubnetFacts>): string | undefined {
  return 'value' in place ? place.value?.vpc : undefined;
}

function instanceType({ instanceType: answer, arch, subnet: place, region }: PlaceFacts): Judgement {
  const { name } = answer;
  return weigh(answer, (type) => {
    if (!type) {
      return [
        {
          about: 'builder.instanceType',
          found: `${region} has no ${name}`,
          expected: `an instance type for ${arch}`,
          next: 'aws ec2 describe-instance-type-offerings lists those there are',
        },
      ];
    }
    const findings: Finding[] = [];
    if (!type.architectures.includes(arch)) {
      findings.push({
        about: 'builder.instanceType',
        found: `${name} is ${type.architectures.join(', ')}`,
        expected: `an instance type for ${arch}`,
        next: 'leave builder.instanceType out: each architecture then gets its own',
      });
    }
    if (!type.offered) {
      const zone = 'value' in place ? (place.value?.zone ?? region) : region;
      findings.push({
        about: 'builder.instanceType',
        found: `${name} is not offered in ${zone}`,
        expected: "a type of the subnet's zone",
        next: 'name another type, or a subnet in another zone',
      });
    }
    return findings;
  });
}

function profile({ profile: answer, way }: PlaceFacts): Judgement {
  const { name } = answer;
  const outer = weigh(answer, (found) => {
    const about = `instance profile ${name}`;
    const next = 'templates/aws/builder.yaml makes one; name it at builder.instanceProfile';
    if (!found) return [{ about, found: 'there is none of that name', expected: 'one that exists', next }];
    if (found.role === undefined) {
      return [{ about, found: 'it has no role', expected: 'one with a role', next }];
    }
    const denied = 'value' in found.denied ? (found.denied.value ?? []) : [];
    if (denied.length === 0) return [];
    return [
      {
        about,
        found: `its role ${found.role} may not ${denied.join(', ')}`,
        expected: `what ${needs[way].profile.policies.join(' and ')} allow`,
        next: `attach ${needs[way].profile.policies.length === 1 ? 'that policy' : 'those policies'} to the role`,
      },
    ];
  });
  const denied = 'value' in answer ? answer.value?.denied : undefined;
  const unknown = denied !== undefined && 'unknown' in denied ? [denied.unknown] : [];
  return { findings: outer.findings, unchecked: [...outer.unchecked, ...unknown] };
}

function quota({ quota: answer, instanceType: type, region }: PlaceFacts): Judgement {
  if (!answer) return { findings: [], unchecked: [] };
  return weigh(answer, (value) => {
    const needed = 'value' in type ? (type.value?.vcpus ?? 0) : 0;
    if (value === null || value >= needed) return [];
    return [
      {
        about: `quota ${answer.code}`,
        found: `${value} vCPUs of this family may run in ${region}`,
        expected: `at least ${needed}, for one ${type.name}`,
        next: `aws service-quotas request-service-quota-increase --service-code ec2 --quota-code ${answer.code}`,
      },
    ];
  });
}

function keys({ keys: all }: PlaceFacts): Judgement {
  const judgements = all.map(({ region, key, answer }) =>
    weigh(answer, (found) => {
      const about = `builder.kms ${region}`;
      if (!found) {
        return [
          {
            about,
            found: `there is no key ${key}`,
            expected: 'a KMS key of that Region',
            next: 'aws kms list-aliases lists those there are',
          },
        ];
      }
      if (found.state === 'Enabled' && found.symmetric) return [];
      return [
        {
          about,
          found: found.symmetric ? `${key} is ${found.state}` : `${key} is no symmetric encryption key`,
          expected: 'an enabled, symmetric key: EBS takes no other',
          next: found.symmetric ? 'aws kms enable-key, or name another' : 'name another key',
        },
      ];
    }),
  );
  return {
    findings: judgements.flatMap(({ findings }) => findings),
    unchecked: judgements.flatMap(({ unchecked }) => unchecked),
  };
}
