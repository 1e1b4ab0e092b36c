/** The kinds of nodes of a cluster: HeadNode, LoginNodes and SlurmQueues of a ParallelCluster config. */

export const nodeKinds = ['head', 'login', 'compute'] as const;
export type NodeKind = (typeof nodeKinds)[number];
