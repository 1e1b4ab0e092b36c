/** Finds in the preflight facts everything that would make the bake fail, all at once. Pure. */
import type { ReadResult } from '../aws/ask.ts';
import type { SubnetFacts } from '../aws/place.ts';
import type { Assessment, Finding, PreflightFacts } from './facts.ts';
import { allowsAnyPeer, egressOf, ingressOf } from './groups.ts';
import { assessReach } from './reach.ts';

export function assessFacts(facts: PreflightFacts): Assessment {
  const checks = [subnet, groups, assessReach, instanceType, profile, quota, keys];
  const assessments = checks.map((check) => check(facts));
  return {
    findings: assessments.flatMap(({ findings }) => findings),
    unchecked: [...new Set(assessments.flatMap(({ unchecked }) => unchecked))],
  };
}

/** Checks an answer if it is known; otherwise reports it as unchecked. */
function assess<T>(answer: ReadResult<T>, check: (value: T | null) => Finding[]): Assessment {
  if ('unknown' in answer) return { findings: [], unchecked: [answer.unknown] };
  return { findings: check(answer.value), unchecked: [] };
}

function subnet({ subnet: answer, named, region }: PreflightFacts): Assessment {
  return assess(answer, (found) => {
    if (!found && named === undefined) {
      return [
        {
          about: `builder.subnet`,
          found: `bakery.yaml names no subnet, and ${region} has no default VPC`,
          expected: 'a subnet for the build instance',
          next: 'set builder.subnet and builder.securityGroups',
        },
      ];
    }
    if (!found) {
      return [
        {
          about: `builder.subnet`,
          found: `${named} does not exist in ${region}`,
          expected: 'a subnet of this account in the first Region of the target',
          next: 'aws ec2 describe-subnets lists the subnets',
        },
      ];
    }
    if (found.freeAddresses > 0) return [];
    return [
      {
        about: found.id,
        found: `no free address in ${found.cidr}`,
        expected: 'a free address for the build instance',
        next: 'set builder.subnet to another subnet',
      },
    ];
  });
}

function groups(facts: PreflightFacts): Assessment {
  const { groups: answer, groupIds, needs, subnet: place, region } = facts;
  return assess(answer, (found) => {
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
          next: 'aws ec2 describe-security-groups lists the groups',
        });
      } else if (vpc !== undefined && group.vpc !== vpc) {
        findings.push({
          about: id,
          found: `it belongs to ${group.vpc}`,
          expected: `a security group of ${vpc}, the subnet's VPC`,
          next: 'set builder.securityGroups to groups of that VPC',
        });
      }
    }
    const complete = own.length === groupIds.length && groupIds.length > 0;
    if (complete && needs.ssh && !allowsAnyPeer(ingressOf(own), 22)) {
      findings.push({
        about: groupIds.join(', '),
        found: 'no inbound rule allows port 22',
        expected: needs.ssh.why,
        next: `allow TCP 22 from this address, or ${needs.ssh.otherwise}`,
      });
    }
    if (complete && !allowsAnyPeer(egressOf(own), 443)) {
      findings.push({
        about: groupIds.join(', '),
        found: 'no outbound rule allows port 443',
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

function instanceType({ instanceType: answer, arch, subnet: place, region }: PreflightFacts): Assessment {
  const { name } = answer;
  return assess(answer, (type) => {
    if (!type) {
      return [
        {
          about: 'builder.instanceType',
          found: `${region} has no ${name}`,
          expected: `an instance type for ${arch}`,
          next: 'aws ec2 describe-instance-type-offerings lists the types',
        },
      ];
    }
    const findings: Finding[] = [];
    if (!type.architectures.includes(arch)) {
      findings.push({
        about: 'builder.instanceType',
        found: `${name} is ${type.architectures.join(', ')}`,
        expected: `an instance type for ${arch}`,
        next: 'remove builder.instanceType: each architecture then gets its own default',
      });
    }
    if (!type.offered) {
      const zone = 'value' in place ? (place.value?.zone ?? region) : region;
      findings.push({
        about: 'builder.instanceType',
        found: `${name} is not offered in ${zone}`,
        expected: "a type that the subnet's zone offers",
        next: 'choose another type, or a subnet in another zone',
      });
    }
    return findings;
  });
}

function profile({ profile: answer, needs }: PreflightFacts): Assessment {
  const { name } = answer;
  const outer = assess(answer, (found) => {
    const about = `instance profile ${name}`;
    const next =
      'create one (`bake explain aws-builder.yaml` prints a template) and set builder.instanceProfile to its name';
    if (!found) {
      return [{ about, found: 'it does not exist', expected: 'an existing instance profile', next }];
    }
    if (found.role === undefined) {
      return [{ about, found: 'it has no role', expected: 'an instance profile with a role', next }];
    }
    const denied = 'value' in found.denied ? (found.denied.value ?? []) : [];
    if (denied.length === 0) return [];
    return [
      {
        about,
        found: `its role ${found.role} does not allow ${denied.join(', ')}`,
        expected: `the permissions of ${needs.profile.policies.join(' and ')}`,
        next: `attach ${needs.profile.policies.length === 1 ? 'that policy' : 'those policies'} to the role`,
      },
    ];
  });
  const denied = 'value' in answer ? answer.value?.denied : undefined;
  const unknown = denied !== undefined && 'unknown' in denied ? [denied.unknown] : [];
  return { findings: outer.findings, unchecked: [...outer.unchecked, ...unknown] };
}

function quota({ quota: answer, instanceType: type, region }: PreflightFacts): Assessment {
  if (!answer) return { findings: [], unchecked: [] };
  return assess(answer, (value) => {
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

function keys({ keys: all }: PreflightFacts): Assessment {
  const assessments = all.map(({ region, key, answer }) =>
    assess(answer, (found) => {
      const about = `builder.kms ${region}`;
      if (!found) {
        return [
          {
            about,
            found: `the key ${key} does not exist`,
            expected: 'a KMS key of that Region',
            next: 'aws kms list-aliases lists the keys that have an alias',
          },
        ];
      }
      if (found.state === 'Enabled' && found.symmetric) return [];
      return [
        {
          about,
          found: found.symmetric ? `${key} is ${found.state}` : `${key} is not a symmetric encryption key`,
          expected: 'an enabled, symmetric key, as EBS requires',
          next: found.symmetric ? 'enable it with aws kms enable-key, or set another key' : 'set another key',
        },
      ];
    }),
  );
  return {
    findings: assessments.flatMap(({ findings }) => findings),
    unchecked: assessments.flatMap(({ unchecked }) => unchecked),
  };
}
