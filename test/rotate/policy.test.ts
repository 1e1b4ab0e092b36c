/** Tests of the effect of a changed reference, by scope and release. */
import { expect, it } from 'vitest';
import { architectureOf } from '../../src/cluster/architecture.ts';
import { policyOf, type PolicyFacts } from '../../src/rotate/policy.ts';

it.each<[string, PolicyFacts, string, RegExp]>([
  ['a queue with DRAIN', { scope: 'queue', updateStrategy: 'DRAIN', parallelcluster: '3.2.0' }, 'live', /DRAIN: running jobs end/],
  ['a queue with TERMINATE', { scope: 'queue', updateStrategy: 'TERMINATE' }, 'live', /killed or requeued/],
  ['a queue without a strategy', { scope: 'queue', parallelcluster: '3.15.1' }, 'fleet-stop', /add QueueUpdateStrategy: DRAIN to Scheduling.SlurmSettings/],
  ['a queue that stops the fleet', { scope: 'queue', updateStrategy: 'COMPUTE_FLEET_STOP' }, 'fleet-stop', /or write QueueUpdateStrategy: DRAIN/],
  ['a queue of a release without strategies', { scope: 'queue', updateStrategy: 'DRAIN', parallelcluster: '3.1.5' }, 'fleet-stop', /stop the fleet first/],
  ['a login pool', { scope: 'login', parallelcluster: '3.11.0' }, 'login-count-0', /in this login pool/],
  ['a login pool of 3.10', { scope: 'login', parallelcluster: '3.10.1' }, 'login-count-0', /every login pool/],
  ['the root', { scope: 'root', parallelcluster: '3.15.1' }, 'impossible', /new cluster/],
  ['the head node', { scope: 'head' }, 'impossible', /new cluster/],
  ['a cluster of ParallelCluster 2', { scope: 'root', parallelcluster: '2.11.9' }, 'impossible', /ParallelCluster 2/],
  ['the default of a parameter', { scope: 'parameter' }, 'stack-update', /is applied next/],
  ['a mapping', { scope: 'mapping' }, 'stack-update', /is applied next/],
  ['a launch template', { scope: 'launch-template' }, 'stack-update', /is applied next/],
  ['what an image is built from', { scope: 'parent' }, 'next-build', /build-image/],
  ['a variable', { scope: 'variable' }, 'unknown', /program that reads it/],
  ['a text', { scope: 'text' }, 'unknown', /program that reads it/],
])('describes the effect of an update on %s', (_, facts, effect, text) => {
  expect(policyOf(facts)).toEqual({ effect, text: expect.stringMatching(text) as string });
}); // prettier-ignore

it.each([
  ['c5.xlarge', 'x86_64'],
  ['c7gn.16xlarge', 'arm64'],
  ['im4gn.large', 'arm64'],
  ['is4gen.medium', 'arm64'],
  ['hpc7g.4xlarge', 'arm64'],
  ['hpc7a.96xlarge', 'x86_64'],
  ['g4dn.xlarge', 'x86_64'],
  ['g5g.metal', 'arm64'],
  ['gr6.4xlarge', 'x86_64'],
  ['x2gd.metal', 'arm64'],
  ['x2iedn.32xlarge', 'x86_64'],
  ['t4g.nano', 'arm64'],
  ['a1.medium', 'arm64'],
  ['m7i-flex.large', 'x86_64'],
  ['u-6tb1.112xlarge', 'x86_64'],
  ['u7in-24tb.224xlarge', 'x86_64'],
  ['p6e-gb200.36xlarge', 'arm64'],
  ['p6-b200.48xlarge', 'x86_64'],
  ['trn1.32xlarge', 'x86_64'],
  ['mac2.metal', undefined],
  ['{{ type }}', undefined],
  ['', undefined],
])('knows that %s is %s', (type, architecture) => {
  expect(architectureOf(type)).toBe(architecture);
});
