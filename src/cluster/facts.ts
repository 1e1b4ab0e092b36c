/** What a cluster config says about itself, for whoever judges a change to it. */
export interface ClusterFacts {
  region?: string | undefined;
  os?: string | undefined;
  /** `Scheduling.SlurmSettings.QueueUpdateStrategy` */
  updateStrategy?: string | undefined;
}
