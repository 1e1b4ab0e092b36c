/** The workflows that Image Builder runs by default, and their steps (its user guide, "Image workflows for AMIs"). */

export const DEFAULT_WORKFLOWS = {
  BUILD: {
    name: 'build-image',
    steps: [
      ['LaunchBuildInstance', 'LaunchInstance'],
      ['ApplyBuildComponents', 'ExecuteComponents'],
      ['InventoryCollection', 'CollectImageMetadata'],
      ['RunSanitizeScript', 'SanitizeInstance'],
      ['CreateOutputAMI', 'CreateImage'],
      ['TerminateBuildInstance', 'TerminateInstance'],
    ],
  },
  TEST: {
    name: 'test-image',
    steps: [
      ['LaunchTestInstance', 'LaunchInstance'],
      ['ApplyTestComponents', 'ExecuteComponents'],
      ['TerminateTestInstance', 'TerminateInstance'],
    ],
  },
  DISTRIBUTION: { name: 'distribute-image', steps: [['DistributeAMI', 'DistributeImage']] },
} as const satisfies Record<string, { name: string; steps: readonly (readonly [string, string])[] }>;

export type WorkflowType = keyof typeof DEFAULT_WORKFLOWS;
