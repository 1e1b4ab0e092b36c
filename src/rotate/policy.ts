/**
 * Owns what becomes of a changed reference: what `pcluster update-cluster`, or whoever else reads the file, does with
 * it. Pure data and one function.
 */
import { compareReleases } from '../os/releases.ts';
import type { ReferenceScope, UpdateEntry } from '../entries/result.ts';
import type { ClusterFacts } from '../cluster/facts.ts';

export interface PolicyFacts {
  scope: ReferenceScope;
  /** The cluster's release; undefined: nobody says. */
  parallelcluster?: string | undefined;
  /** `Scheduling.SlurmSettings.QueueUpdateStrategy` */
  updateStrategy?: ClusterFacts['updateStrategy'];
}

type Policy = Pick<UpdateEntry, 'effect' | 'text'>;

interface Rule extends Policy {
  scopes: readonly ReferenceScope[];
  /** First release after the range. */
  before?: string;
  strategies?: readonly (string | undefined)[];
}

const CLUSTER: readonly ReferenceScope[] = ['root', 'head', 'queue', 'login'];
const STOP = 'stop the fleet first (pcluster update-compute-fleet --status STOP_REQUESTED)';

/** The first that fits counts. */
const rules: readonly Rule[] = [
  // 2.8.0 and later refuse a changed custom_ami; 2.4.1 gave it to new compute nodes alone (aws-parallelcluster #1410).
  {
    scopes: CLUSTER,
    before: '3.0.0',
    effect: 'impossible',
    text: 'ParallelCluster 2 cannot change custom_ami of a cluster: make a new one',
  },
  // aws-parallelcluster:cli/src/pcluster/schemas/cluster_schema.py: UNSUPPORTED; forcing it fails (#6339).
  {
    scopes: ['root'],
    effect: 'impossible',
    text: 'update-cluster refuses a changed root image: make a new cluster',
  },
  {
    scopes: ['head'],
    effect: 'impossible',
    text: 'update-cluster refuses a changed head node image: make a new cluster',
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
    text: 'takes effect when the stack or plan that reads it is next applied',
  },
  {
    scopes: ['variable', 'text', 'other'],
    effect: 'unknown',
    text: 'takes effect when whatever reads it is next run',
  },
];

/** What will be done with a change at this place. */
export function policyOf({ scope, parallelcluster, updateStrategy }: PolicyFacts): Policy {
  const rule = rules.find(
    ({ scopes, before, strategies }) =>
      scopes.includes(scope) &&
      (before === undefined || isBefore(parallelcluster, before)) &&
      (strategies === undefined || strategies.includes(updateStrategy)),
  );
  return { effect: rule?.effect ?? 'unknown', text: rule?.text ?? '' };
}

/** A release that nobody names is a new one. */
function isBefore(release: string | undefined, limit: string): boolean {
  return release !== undefined && compareReleases(release, limit) < 0;
}
