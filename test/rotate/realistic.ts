/** A cluster config as companies have them: 20 KB, many queues, comments, policies, tags, quotes. */

const head = `# Production cluster of the chemistry group. Owner: hpc-platform@corp.example
# Changes: see docs/clusters.md; rotate images with bake only.
Region: eu-west-1
Image:
  Os: alinux2023
  CustomAmi: ami-0123456789abcdef0   # bakery-alinux2023-x86_64-3.15.1-0123456789ab 2026-10-01
CustomS3Bucket: corp-hpc-eu-west-1
Tags:
  - Key: CostCenter
    Value: "0471"
  - Key: 'Owner'
    Value: 'hpc platform'
  - { Key: account, Value: 012345678901 }

HeadNode:
  InstanceType: m6i.2xlarge
  Networking:
    SubnetId: subnet-0aaa1111bbb22222c
    ElasticIp: false
    AdditionalSecurityGroups: [sg-0aaa1111bbb22222c, sg-0ddd3333eee44444f]
  Ssh: { KeyName: hpc-admin, AllowedIps: 10.0.0.0/8 }
  LocalStorage:
    RootVolume: { Size: 80, VolumeType: gp3, Encrypted: true }
  Iam:
    AdditionalIamPolicies:
      - Policy: arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore
      - Policy: arn:aws:iam::012345678901:policy/hpc/head-node
    S3Access:
      - BucketName: corp-hpc-eu-west-1
        KeyName: read_and_write/*
        EnableWriteAccess: true
  CustomActions:
    OnNodeConfigured:
      Sequence:
        - Script: s3://corp-hpc-eu-west-1/bootstrap/head.sh
          Args: ["--site", "eu-west-1", '--mode=production']
        - Script: https://mirror.corp.example/hpc/motd.sh
  Dcv:
    Enabled: true
    Port: 8443

Monitoring:
  DetailedMonitoring: false
  Logs: { CloudWatch: { Enabled: true, RetentionInDays: 90, DeletionPolicy: Retain } }

SharedStorage:
- Name: home
  StorageType: Efs
  MountDir: /home
  EfsSettings: { FileSystemId: fs-0123456789abcdef0, EncryptionInTransit: true }
- Name: scratch
  StorageType: FsxLustre
  MountDir: /scratch
  FsxLustreSettings:
    FileSystemId: fs-0fedcba9876543210

Scheduling:
  Scheduler: slurm
  SlurmSettings:
    ScaledownIdletime: 15
    QueueUpdateStrategy: DRAIN
    EnableMemoryBasedScheduling: true
    CustomSlurmSettings:
      - PriorityType: priority/multifactor
      - PriorityWeightFairshare: 10000
      - AccountingStorageTRES: "gres/gpu,license/comsol"
  SlurmQueues:
`;

function queue(number: number): string {
  const family = ['c7i', 'm7i', 'r7i', 'hpc7a'][number % 4] ?? 'c7i';
  const own = number % 10 === 3;
  return `    # ---- queue ${number}: ${family}, asked for by group ${String.fromCharCode(97 + (number % 26))} ----
    - Name: ${family}-${number}
      CapacityType: ${number % 2 === 0 ? 'ONDEMAND' : 'SPOT'}
${own ? `      Image:\n        CustomAmi: "ami-0fedcba9876543210" # bakery-ubuntu2204-x86_64-3.15.1-ba9876543210, 2026-10-01\n` : ''}      ComputeSettings:
        LocalStorage:
          RootVolume: { Size: 60, VolumeType: gp3 }
      ComputeResources:
        - Name: ${family}-${number}-large
          Instances: [{ InstanceType: ${family}.8xlarge }, { InstanceType: ${family}.12xlarge }]
          MinCount: 0
          MaxCount: ${number * 4 + 4}
          Efa: { Enabled: ${number % 3 === 0} }
        - Name: ${family}-${number}-small
          InstanceType: ${family}.xlarge   # for tests
          MaxCount: 8
      Networking:
        SubnetIds:
          - subnet-0aaa1111bbb22222c
        PlacementGroup:
          Enabled: true
      Iam:
        S3Access: [{ BucketName: "corp-hpc-data", KeyName: 'group-${number}/*' }]
      Tags:
        - Key: Queue
          Value: "${family}-${number}"
`;
}

const tail = `LoginNodes:
  Pools:
    - Name: login
      Count: 2
      InstanceType: t3.large
      Image: { CustomAmi: ami-0123456789abcdef0 }
      Networking: { SubnetIds: [subnet-0aaa1111bbb22222c] }
      GracetimePeriod: 10
DirectoryService:
  DomainName: corp.example
  DomainAddr: ldaps://ldap.corp.example
  PasswordSecretArn: arn:aws:secretsmanager:eu-west-1:012345678901:secret:hpc/ldap-AbCdEf
  DomainReadOnlyUser: cn=reader,ou=service,dc=corp,dc=example
  AdditionalSssdConfigs:
    ldap_id_mapping: "true"
    debug_level: "0x1ff"
DevSettings:
  Timeouts: { HeadNodeBootstrapTimeout: 1800 }
  Cookbook:
    ExtraChefAttributes: |
      { "cluster": {
          "nvidia": { "enabled": true } } }
`;

export const realistic = head + Array.from({ length: 18 }, (_, number) => queue(number)).join('') + tail;
