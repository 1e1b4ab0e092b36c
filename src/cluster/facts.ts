/** The properties of a cluster config that decide how a change to it takes effect. */
export interface ClusterFacts {
  region?: string | undefined;
  os?: string | undefined;
  /** `Scheduling.SlurmSettings.QueueUpdateStrategy` */
  updateStrategy?: string | undefined;
}
