/**
 * Tells what happens with a changed reference when `pcluster update-cluster`, or another program, reads the file. A
 * table and one function, pure.
 */
import { compareReleases } from '../os/releases.ts';
import type { ReferenceScope, UpdateEntry } from '../entries/result.ts';
import type { ClusterFacts } from '../cluster/facts.ts';

export interface PolicyFacts {
  scope: ReferenceScope;
  /** The ParallelCluster release of the cluster; undefined if it is not known. */
  parallelcluster?: string | undefined;
  /** `Scheduling.SlurmSettings.QueueUpdateStrategy` */
  updateStrategy?: ClusterFacts['updateStrategy'];
}

type Policy = Pick<UpdateEntry, 'effect' | 'text'>;

interface Rule extends Policy {
  scopes: readonly ReferenceScope[];
  /** The first release after the range. */
  before?: string;
  strategies?: readonly (string | undefined)[];
}

const CLUSTER: readonly ReferenceScope[] = ['root', 'head', 'queue', 'login'];
const STOP = 'stop the fleet first (pcluster update-compute-fleet --status STOP_REQUESTED)';

/** The first matching rule applies. */
const rules: readonly Rule[] = [
  // 2.8.0 and later refuse a changed custom_ami; 2.4.1 used it for new compute nodes only (aws-parallelcluster #1410).
  {
    scopes: CLUSTER,
    before: '3.0.0',
    effect: 'impossible',
    text: 'ParallelCluster 2 cannot change custom_ami of a cluster: create a new cluster',
  },
  // aws-parallelcluster:cli/src/pcluster/schemas/cluster_schema.py: UNSUPPORTED; forcing it fails (#6339).
  {
    scopes: ['root'],
    effect: 'impossible',
    text: 'update-cluster refuses a changed root image: create a new cluster',
  },
  {
    scopes: ['head'],
    effect: 'impossible',
    text: 'update-cluster refuses a changed head node image: create a new cluster',
  },
  // cluster_schema.py: QUEUE_UPDATE_STRATEGY since 3.2.0, COMPUTE_FLEET_STOP before (CHANGELOG 3.2.0).
  { scopes: ['queue'], before: '3.2.0', effect: 'fleet-stop', text: STOP },
  {
    scopes: ['queue'],
    strategies: ['DRAIN'],
    effect: 'live',
    text: 'live, DRAIN: running jobs end on the old image, nodes come back with the new one',
  },
  {
    scopes: ['queue'],
    strategies: ['TERMINATE'],
    effect: 'live',
    text: 'live, TERMINATE: nodes are replaced at once, running jobs are killed or requeued',
  },
  {
    scopes: ['queue'],
    strategies: ['COMPUTE_FLEET_STOP'],
    effect: 'fleet-stop',
    text: `QueueUpdateStrategy is COMPUTE_FLEET_STOP: ${STOP}, or write QueueUpdateStrategy: DRAIN`,
  },
  {
    scopes: ['queue'],
    effect: 'fleet-stop',
    text: `no QueueUpdateStrategy: ${STOP}, or add QueueUpdateStrategy: DRAIN to Scheduling.SlurmSettings`,
  },
  // cluster_schema.py: LOGIN_NODES_STOP (3.7 to 3.10), LOGIN_NODES_POOL_STOP (3.11 and later).
  {
    scopes: ['login'],
    before: '3.11.0',
    effect: 'login-count-0',
    text: 'update once with Count: 0 in every login pool, then again with this; sessions end',
  },
  {
    scopes: ['login'],
    effect: 'login-count-0',
    text: 'update once with Count: 0 in this login pool, then again with this; its sessions end',
  },
  // docs.aws.amazon.com/parallelcluster/latest/ug/Build-v3.html
  {
    scopes: ['parent'],
    effect: 'next-build',
    text: 'the next pcluster build-image starts from it',
  },
  {
    scopes: ['parameter', 'mapping', 'launch-template'],
    effect: 'stack-update',
    text: 'takes effect when the stack or plan that reads it is applied next',
  },
  {
    scopes: ['variable', 'text', 'other'],
    effect: 'unknown',
    text: 'takes effect when the program that reads it runs next',
  },
];

/** What happens with a change in this scope. */
export function policyOf({ scope, parallelcluster, updateStrategy }: PolicyFacts): Policy {
  const rule = rules.find(
    ({ scopes, before, strategies }) =>
      scopes.includes(scope) &&
      (before === undefined || isBefore(parallelcluster, before)) &&
      (strategies === undefined || strategies.includes(updateStrategy)),
  );
  return { effect: rule?.effect ?? 'unknown', text: rule?.text ?? '' };
}

/** An unknown release counts as a recent one. */
function isBefore(release: string | undefined, limit: string): boolean {
  return release !== undefined && compareReleases(release, limit) < 0;
}
