/**
 * The table of Packer options that bake's templates may use, with their types and whether Packer 1.6 has them.
 * Sources: the public option reference of the amazon plug-in (hashicorp/packer-plugin-amazon:
 * .web-docs/components/builder/ebs/README.md) and of Packer's shell, file and manifest components; for 1.6, the options
 * that its `packer validate` accepts.
 */

type Type = 'text' | 'number' | 'truth' | 'list' | 'map';

export interface Option {
  type: Type | 'block';
  /** Whether Packer 1.6 has it too. */
  old?: boolean;
  /** The options of a block. */
  options?: Options;
}

export type Options = Readonly<Record<string, Option>>;

const everywhere = (type: Type): Option => ({ type, old: true });
const modern = (type: Type): Option => ({ type });

/** The options of amazon-ebs and its communicator. */
export const ebsOptions: Options = {
  region: everywhere('text'),
  custom_endpoint_ec2: everywhere('text'),
  skip_region_validation: everywhere('truth'),
  skip_metadata_api_check: everywhere('truth'),
  source_ami: everywhere('text'),
  ami_name: everywhere('text'),
  ami_description: everywhere('text'),
  ami_regions: everywhere('list'),
  ami_users: everywhere('list'),
  ami_org_arns: modern('list'),
  ami_ou_arns: modern('list'),
  imds_support: modern('text'),
  deprecate_at: modern('text'),
  skip_create_ami: modern('truth'),
  region_kms_key_ids: everywhere('map'),
  tags: everywhere('map'),
  snapshot_tags: everywhere('map'),
  run_tags: everywhere('map'),
  run_volume_tags: everywhere('map'),
  instance_type: everywhere('text'),
  iam_instance_profile: everywhere('text'),
  associate_public_ip_address: everywhere('truth'),
  shutdown_behavior: everywhere('text'),
  subnet_id: everywhere('text'),
  security_group_ids: everywhere('list'),
  temporary_security_group_source_cidrs: everywhere('list'),
  communicator: everywhere('text'),
  ssh_interface: everywhere('text'),
  ssh_username: everywhere('text'),
  ssh_port: everywhere('number'),
  ssh_timeout: everywhere('text'),
  ssh_clear_authorized_keys: everywhere('truth'),
  temporary_key_pair_name: everywhere('text'),
  temporary_key_pair_type: modern('text'),
  aws_polling: {
    type: 'block',
    old: true,
    options: { delay_seconds: everywhere('number'), max_attempts: everywhere('number') },
  },
  metadata_options: {
    type: 'block',
    options: {
      http_endpoint: modern('text'),
      http_tokens: modern('text'),
      http_put_response_hop_limit: modern('number'),
      instance_metadata_tags: modern('text'),
    },
  },
  launch_block_device_mappings: {
    type: 'block',
    old: true,
    options: {
      device_name: everywhere('text'),
      volume_type: everywhere('text'),
      volume_size: everywhere('number'),
      iops: everywhere('number'),
      throughput: everywhere('number'),
      encrypted: everywhere('truth'),
      kms_key_id: everywhere('text'),
      delete_on_termination: everywhere('truth'),
    },
  },
};

export const provisionerOptions: Readonly<Record<string, Options>> = {
  shell: {
    script: everywhere('text'),
    inline: everywhere('list'),
    execute_command: everywhere('text'),
    remote_folder: everywhere('text'),
  },
  file: { source: everywhere('text'), destination: everywhere('text') },
};

/** Returns the errors in the options of a parsed block; with `old`, for Packer 1.6. */
export function wrongOptions(block: Record<string, unknown>, known: Options, old: boolean): string[] {
  return Object.entries(block).flatMap(([name, value]) => {
    const option = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!option) return [`${name}: there is no such option`];
    if (old && option.old !== true) return [`${name}: Packer 1.6 does not have it`];
    if (option.type !== 'block')
      return isOf(option.type, value) ? [] : [`${name}: expected a ${option.type}`];
    const blocks = Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
    if (blocks.length === 0) return [`${name}: expected a block`];
    return blocks.flatMap((one) =>
      wrongOptions(one, option.options ?? {}, old).map((text) => `${name}.${text}`),
    );
  });
}

function isOf(type: Type, value: unknown): boolean {
  // The value is an expression. `packer validate` checks it.
  if (typeof value === 'string' && /^\$\{.*\}$/.test(value)) return true;
  return tests[type](value);
}

const tests: Record<Type, (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string',
  // The parser returns quoted values as strings; Packer converts them.
  number: (value) => typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value)),
  truth: (value) => typeof value === 'boolean',
  list: (value) => Array.isArray(value),
  map: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};
