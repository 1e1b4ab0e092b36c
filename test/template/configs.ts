/** Cluster configs for tests: one for each OS, in different styles. */

export const OLD = 'ami-0a1b2c3d4e5f60718';

/** Only a root image; comments, quotes, one-line maps, and words that YAML 1.1 reads specially. */
export const rootOnly = `# prod: ask hpc-ops before a change
Region: us-east-1
Image:
  Os: alinux2
  CustomAmi: ${OLD}   # bakery-alinux2-x86_64-3.15.1-000000000000 2026-10-01
HeadNode:
  InstanceType: c5.xlarge
  Networking:
    SubnetId: subnet-0123456789abcdef0
  Ssh: { KeyName: ops }
  LocalStorage:
    RootVolume: {Size: 40, Encrypted: yes}
  Imds:
    Secured: on
  CustomActions:
    OnNodeConfigured:
      Script: s3://bucket/x.sh
      Args: [ "012", 'on' ]
Scheduling:
  Scheduler: slurm
  SlurmSettings:
    QueueUpdateStrategy: DRAIN
    ScaledownIdletime: 010
    CustomSlurmSettings:
      - SlurmctldTimeout: 300
  SlurmQueues:
  - Name: q1     # short jobs
    ComputeResources:
    - Name: c
      Instances:
      - InstanceType: c5.large
      MinCount: 0
      MaxCount: 10
      Efa:
        Enabled: false
    Networking:
      SubnetIds: [subnet-0123456789abcdef0]
  - Name: q2
    CustomSlurmSettings:
      MaxTime: "1-00:00:00"
    ComputeResources:
    - Name: c
      InstanceType: c5.large
    Networking:
      SubnetIds:
      - subnet-0123456789abcdef0
Tags:
  - {Key: account, Value: 012345678901}
  - Key: since
    Value: '2026-11-01'
`;

/** Aliases, queues with images of their own, a login pool, and merge keys, which pcluster itself refuses (3.13.2 to 3.16.1). */
export const aliased = (os: string): string => withAliases(os, MERGED);
export const aliasedOnly = (os: string): string => withAliases(os, '');

const MERGED = `  - <<: *q
    Name: "q2"
  - {<<: *q, Name: q3}
`;

const withAliases = (os: string, more: string): string => `---
Image: &img
  Os: ${os}
  CustomAmi: &ami ${OLD}
HeadNode:
  InstanceType: c5.xlarge
  Networking: &net
    SubnetId: subnet-0123456789abcdef0
  Image: {CustomAmi: *ami}
Scheduling:
  Scheduler: slurm
  SlurmQueues:
  - &q
    Name: q1
    ComputeResources: &cr
    - Name: c
      InstanceType: c5.large
      Efa: {Enabled: off}
    Networking: {SubnetIds: [subnet-0123456789abcdef0]}
    Image:
      CustomAmi: *ami   # the image
${more}  - Name: q4
    ComputeResources: *cr
    Networking:
      SubnetIds: [ subnet-0123456789abcdef0 ]
LoginNodes:
  Pools:
  - Name: login
    Count: 0
    InstanceType: c5.large
    Networking: {SubnetIds: [subnet-0123456789abcdef0]}
    Image:
      CustomAmi: "${OLD}"
`;

/** A config as programs write it. */
export const json = (os: string, indent: string | number = '\t'): string =>
  JSON.stringify(
    {
      Image: { Os: os, CustomAmi: OLD },
      HeadNode: { InstanceType: 'c5.xlarge', Networking: { SubnetId: 'subnet-0123456789abcdef0' } },
      Scheduling: {
        Scheduler: 'slurm',
        SlurmSettings: { QueueUpdateStrategy: 'TERMINATE' },
        SlurmQueues: [
          {
            Name: 'q1',
            ComputeResources: [{ Name: 'c', InstanceType: 'c5.large', MaxCount: 4 }],
            Networking: { SubnetIds: ['subnet-0123456789abcdef0'] },
          },
        ],
      },
    },
    null,
    indent,
  );

/** Only the head node has an AMI; up to 3.15.1. */
export const awsbatch = `Image:
  Os: alinux2
  CustomAmi: ${OLD}
HeadNode:
  InstanceType: c5.xlarge
  Networking:
    SubnetId: subnet-0123456789abcdef0
Scheduling:
  Scheduler: awsbatch
  AwsBatchQueues:
    - Name: q1
      ComputeResources:
        - Name: c
          InstanceTypes: [c5.large]
          MinvCpus: 0
          MaxvCpus: 10
      Networking:
        SubnetIds: [subnet-0123456789abcdef0]
`;
