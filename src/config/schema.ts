/** The schema of bakery.yaml: every key with its default, its description and what is expected. */
import { z } from 'zod';
import { operatingSystems } from '../os/index.ts';
import { nodeKinds } from '../os/node-kinds.ts';
import { amiId } from '../util/ami-id.ts';
import { durationPattern } from '../util/duration.ts';
import { FAMILY_EXPECTED, familyPattern } from '../os/family.ts';
import { engineTitles, type ConfiguredEngines, type SectionShape } from './engine-section.ts';
import { ZONE_EXPECTED, zonePattern } from './cron.ts';
import { locationPattern } from './location.ts';
import {
  channel,
  choice,
  filePath,
  list,
  region,
  regionList,
  section,
  shapeVersion,
  text,
  truth,
  url,
  wholeNumber,
} from './leaves.ts';
import { domainSchema, mirrorsSchema, proxySchema } from './mirrors-schema.ts';
import { notifySchema } from './notify-schema.ts';
import { provenanceSchema } from './provenance-schema.ts';

export const refreshPeriods = ['monthly', 'weekly', 'never'] as const;

/** The fields of the name of an SSM parameter. All four are required, or two images would share one parameter. */
export const parameterFields = ['channel', 'os', 'arch', 'parallelcluster'] as const;

// os/target.ts checks which OS exists for which architecture, version and Region, because its errors say more than a pattern can.
const osId = () =>
  text('an OS id of ParallelCluster such as alinux2').meta({
    enum: operatingSystems.filter((os) => !os.legacy).map((os) => os.id),
  });
const arch = () => text('x86_64 or arm64').meta({ enum: ['x86_64', 'arm64'] });
const recipe = () =>
  filePath('a shipped recipe such as standard, or the path of one such as recipes/site.yaml');

const defaults = (engines: ConfiguredEngines) => {
  const ids = engineIds(engines);
  return section({
    engine: choice(ids)
      .default(ids[0])
      .describe(`The engine that bakes: ${engineTitles(engines)}.`),
    recipe: recipe()
      .default('standard')
      .describe(
        'The recipe of targets that name none: a bare name is a shipped recipe (standard, minimal), anything else a path.',
      ),
    arch: arch().default('x86_64').describe('The architecture of targets that name none.'),
    regions: regionList()
      .default(['us-east-1'])
      .describe(
        'The Regions of targets that name none. bake bakes in the first one and copies the image to the others.',
      ),
  });
};

const target = (engines: ConfiguredEngines) =>
  section({
    os: osId().describe('The OS, as in Image.Os of a ParallelCluster config.'),
    arch: z
      .union([arch(), list(arch(), 'a list').min(1, { error: 'at least one architecture' })], {
        error: 'x86_64, arm64, or a list of both',
      })
      .optional()
      .describe('x86_64, arm64, or a list of both, which makes two targets. Default: defaults.arch.'),
    parallelcluster: text(
      'a ParallelCluster 3 release such as 3.15.1',
      /^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}$/,
    )
      .optional()
      .describe('The ParallelCluster release. Default: the newest one that supports this OS.'),
    base: text('an AMI id: ami- and 8 or 17 hex digits', amiId)
      .optional()
      .describe(
        'A base image of your own that ParallelCluster built, for an OS without an official image (rocky8, rocky9).',
      ),
    regions: regionList()
      .optional()
      .describe(
        'bake bakes in the first Region and copies the image to the others. Default: defaults.regions.',
      ),
    recipe: recipe()
      .optional()
      .describe('The recipe of this target: the name of a shipped one, or a path. Default: defaults.recipe.'),
    engine: choice(engineIds(engines))
      .optional()
      .describe('The engine that bakes this target. Default: defaults.engine.'),
  });

const builder = section({
  subnet: text('a subnet id such as subnet-0123456789abcdef0', /^subnet-([0-9a-f]{8}|[0-9a-f]{17})$/)
    .optional()
    .describe("The subnet of the build instance; needs securityGroups. Default: the account's default VPC."),
  securityGroups: list(
    text('a security group id such as sg-0123456789abcdef0', /^sg-([0-9a-f]{8}|[0-9a-f]{17})$/),
    'a list of security group ids',
  )
    .default([])
    .describe('The security groups of the build instance.'),
  sshFrom: list(
    text(
      'an IPv4 or IPv6 block such as 10.0.0.0/8, but not the whole internet',
      /^(?!0\.0\.0\.0\/0$|::\/0$)(?:\d{1,3}(?:\.\d{1,3}){3}\/(?:[1-9]|[12]\d|3[0-2])|[0-9a-f:]{2,39}\/(?:[1-9]\d?|1[01]\d|12[0-8]))$/,
    ),
    'a list of blocks such as [10.0.0.0/8]',
  )
    .default([])
    .describe(
      'Packer: the addresses that may reach the build instance by SSH, if securityGroups is empty. Default: every private address.',
    ),
  instanceType: text('an instance type such as c5.xlarge', /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/)
    .optional()
    .describe(
      'The instance type of the build instance. Default: c5.xlarge for x86_64, c6g.xlarge for arm64.',
    ),
  instanceProfile: text('the name of an instance profile', /^[\w+=,.@-]{1,128}$/)
    .default('EC2InstanceProfileForImageBuilder')
    .describe('The instance profile of the build instance, by name.'),
  kms: z
    .record(region(), text('a KMS key: a key id, an ARN, or alias/NAME', /^[A-Za-z0-9:/_-]{1,2048}$/), {
      error: 'a map of Region to KMS key',
    })
    .default({})
    .describe('The KMS key that encrypts the image, by Region. Default: the EBS default of the account.'),
  volumeSize: wholeNumber('a whole number of GiB from 8 to 16384', 8, 16_384)
    .optional()
    .describe(
      'The size of the root volume in GiB. Default: as in the base image. A larger volume breaks clusters that set a smaller RootVolume.Size.',
    ),
  tags: z
    .record(
      text(
        'a tag key of letters, digits, spaces and _.:/=+@- that does not start with aws:, bakery: or parallelcluster:',
        /^(?!aws:|bakery:|parallelcluster:)[A-Za-z0-9 _.:/=+@-]{1,128}$/u,
      ),
      z.string({ error: 'a text' }).max(256, { error: 'at most 256 characters' }),
      { error: 'a map of tag key to value' },
    )
    .default({})
    .describe('Tags of everything that the build creates; a firewall can select build instances by them.'),
});

const trust = section({
  certificates: list(
    filePath('a file or pattern such as certs/*.pem'),
    'a list of files such as [certs/*.pem]',
  )
    .default([])
    .describe(
      'PEM files (patterns allowed) of the corporate CAs that every program in the image must trust.',
    ),
  handshake: url(
    'an https:// URL without login or spaces, with a valid host and port',
    /^https:\/\/[^\s"'`\\<>@]+$/,
  )
    .optional()
    .describe(
      'A server with a certificate by one of these CAs; every runtime in the image must accept it. Default: mirrors.url.',
    ),
});

const share = section({
  accounts: list(text('an account number of twelve digits', /^[0-9]{12}$/), 'a list of account numbers')
    .default([])
    .describe('Accounts that may launch and copy the images.'),
  organizations: list(
    text(
      'an organization ARN such as arn:aws:organizations::123456789012:organization/o-abcdefghij',
      /^arn:aws[a-z-]*:organizations::[0-9]{12}:organization\/o-[a-z0-9]{10,32}$/,
    ),
    'a list of organization ARNs',
  )
    .default([])
    .describe('AWS Organizations whose accounts may launch the images, by ARN.'),
  organizationalUnits: list(
    text(
      'an OU ARN such as arn:aws:organizations::123456789012:ou/o-abcdefghij/ou-ab12-34567890',
      /^arn:aws[a-z-]*:organizations::[0-9]{12}:ou\/o-[a-z0-9]{10,32}\/ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$/,
    ),
    'a list of OU ARNs',
  )
    .default([])
    .describe('Organizational units whose accounts may launch the images, by ARN.'),
  parameters: section({
    role: text(
      'a role ARN with {account} in it, such as arn:aws:iam::{account}:role/bakery-publish',
      /^arn:aws[a-z-]*:iam::\{account\}:role\/[\w+=,.@/-]{1,128}$/,
    ).describe(
      'The role that bake assumes in each of share.accounts; it needs ssm:PutParameter and ec2:CreateTags.',
    ),
  })
    .optional()
    .describe('Write the parameters also in each of share.accounts, and the tags, which shared images lose.'),
});

const DAYS = 'a whole number of days from 1 to 3650, or never';

const publish = section({
  parameter: text(
    'a parameter name such as /hpc/ami/{channel}/{os}/{arch}/{parallelcluster}',
    parameterPattern(),
  )
    .default('/hpc/ami/{channel}/{os}/{arch}/{parallelcluster}')
    .describe(
      `The name of the SSM parameter of an image; it must contain each of ${parameterFields.map((f) => `{${f}}`).join(' ')}.`,
    ),
  channel: channel().default('stable').describe('The channel that a run publishes to.'),
  share: share
    .prefault({})
    .describe('Who else may launch the images; needs a KMS key of your own for each Region in builder.kms.'),
  protect: truth().default(true).describe('Protect published images against deregistration.'),
  deprecateAfterDays: z
    .union([wholeNumber(DAYS, 1, 3650), z.literal('never', { error: DAYS }), z.null({ error: DAYS })], {
      error: DAYS,
    })
    .default(90)
    .describe(
      'Days from the replacement of an image to its deprecation, or never. bake deprecates no image that is in a channel.',
    ),
});

/** The rules of git-check-ref-format(1), restricted to common characters. */
const branchName = () =>
  text(
    'a branch name such as bakery/rotate',
    /^(?!\/|-|.*(?:\.\.|\/\/|\/\.|\.lock(?:\/|$)))[A-Za-z0-9_./-]{1,200}(?<![/.])$/,
  );

const rotate = section({
  paths: list(
    filePath('a file or pattern such as clusters/**/*.yaml'),
    'a list such as ["clusters/**/*.yaml"]',
  )
    .default([])
    .describe('The cluster configs that bake keeps at the AMI ids of the channel (patterns allowed).'),
  channel: channel().optional().describe('The channel that the configs follow. Default: publish.channel.'),
  root: choice(['leave', 'rotate'])
    .default('leave')
    .describe(
      'Whether bake also rotates Image.CustomAmi and HeadNode.Image.CustomAmi, which cannot be updated on a live cluster.',
    ),
  families: z
    .record(text('an AMI id: ami- and 8 or 17 hex digits', amiId), text(FAMILY_EXPECTED, familyPattern), {
      error: 'a map of AMI id to OS/ARCH/VERSION',
    })
    .default({})
    .describe('The family of old images that have no tags and are in no channel: AMI id to OS/ARCH/VERSION.'),
  clusters: z
    .record(
      filePath('a file or pattern such as clusters/prod.yaml'),
      text(
        "a cluster name of letters, digits and '-' that starts with a letter",
        /^[A-Za-z][A-Za-z0-9-]{0,59}$/,
      ),
      { error: 'a map of file or pattern to cluster name' },
    )
    .default({})
    .describe('The cluster of each config, for --validate and bake template. Default: the name of the file.'),
  pullRequest: section({
    branch: branchName().default('bakery/rotate').describe('The branch that bake rotate --pr writes.'),
    base: branchName()
      .optional()
      .describe('The branch to merge it into. Default: the main branch of the remote.'),
  })
    .prefault({})
    .describe('The pull request of bake rotate --pr.'),
});

const image = section({
  // image_id of ParallelCluster starts with a letter. The longest name must leave room for the build date of Image Builder.
  prefix: text(
    'a name of letters, digits and "-" that starts with a letter, at most 40 characters',
    /^[A-Za-z][A-Za-z0-9-]{0,39}$/,
  )
    .default('bakery')
    .describe('The prefix of the names of AMIs: PREFIX-OS-ARCH-VERSION-FINGERPRINT.'),
  lifeDays: wholeNumber('a whole number of days from 1 to 3650', 1, 3650)
    .default(62)
    .describe('How many days nodes start from an image; bake refuses a CA certificate that expires earlier.'),
  nodes: list(choice(nodeKinds), 'a list of head, login and compute')
    .min(1, { error: 'at least one of head, login and compute' })
    .default([...nodeKinds])
    .describe(
      'The kinds of nodes that start from the images: what would keep one of them from booting fails the verification.',
    ),
});

const schedule = section({
  cron: text(
    'six fields for Image Builder such as "0 3 ? * TUE#1 *", cron(…) or rate(…)',
    /^(?:cron\([^()]+\)|rate\([^()]+\)|[^()]+)$/,
  )
    .optional()
    .describe(
      'When pipelines check whether to bake. Default: Tuesdays at 3:00, or the first Tuesday of the month if refresh is monthly.',
    ),
  timezone: text(ZONE_EXPECTED, zonePattern).default('Etc/UTC').describe('The time zone of schedule.cron.'),
  start: choice(['updates', 'always'])
    .default('updates')
    .describe(
      'updates: bake only if Image Builder finds a newer base image or component; it does not see new packages on a mirror. always: bake each time.',
    ),
});

const patience = section({
  unreachable: text('a time such as 15m (a whole number and s, m or h)', durationPattern)
    .default('15m')
    .describe(
      'How long a run that has begun to write waits while AWS cannot be reached, throttles or has an internal error; builds go on in AWS meanwhile. 0s: not at all.',
    ),
});

/** The keys that belong to no engine. */
const commonShape = (engines: ConfiguredEngines) => ({
  version: shapeVersion(),
  defaults: defaults(engines).prefault({}).describe('Default values for all targets.'),
  targets: list(target(engines), 'a list of targets such as [{ os: alinux2 }]')
    .min(1, { error: 'at least one target such as { os: alinux2 }' })
    .describe('The images to bake: one entry per OS.'),
  builder: builder.prefault({}).describe('The build instance.'),
  refresh: choice(refreshPeriods)
    .default('monthly')
    .describe('How often bake bakes an unchanged target again to pick up updates (UTC calendar).'),
  mirrors: mirrorsSchema
    .optional()
    .describe('The mirrors that packages come from. Default: the repositories of the base image.'),
  proxy: proxySchema.optional().describe('A proxy for the tools and repositories that need one.'),
  trust: trust.prefault({}).describe('The corporate CAs.'),
  domain: domainSchema
    .optional()
    .describe('The Active Directory domain that the first-boot step joinDomain joins.'),
  assets: filePath('the path of an assets file such as assets.yaml')
    .optional()
    .describe('The assets file: it lists files to fetch in advance and to put into images.'),
  publish: publish.prefault({}).describe('Where bake publishes AMI ids.'),
  rotate: rotate.prefault({}).describe('The cluster configs that bake rotates to new images.'),
  image: image.prefault({}).describe('The baked AMIs.'),
  schedule: schedule.prefault({}).describe('When the pipelines of bake schedule run.'),
  store: text('a folder such as .bakery/store, or s3://BUCKET/PREFIX', locationPattern)
    .default('.bakery/store')
    .describe(
      'Where bake keeps verify results, package lists, provenance and staged files: a folder, or s3://BUCKET/PREFIX.',
    ),
  provenance: provenanceSchema
    .optional()
    .describe('The signed provenance of images (in-toto, SLSA). Default: bake writes no provenance.'),
  patience: patience.prefault({}).describe('How long bake waits for AWS during an outage.'),
  notify: notifySchema.optional().describe('Whom bake notifies, and when. Default: nobody.'),
});

type CommonShape = ReturnType<typeof commonShape>;

/** The keys of bakery.yaml that belong to no engine, checked. */
export type Bakery = z.output<z.ZodObject<CommonShape>>;
export type BakeryTarget = Bakery['targets'][number];

/** bakery.yaml with the sections of these engines. */
export type BakerySchema<E extends ConfiguredEngines> = z.ZodObject<
  CommonShape & SectionShape<E>,
  z.core.$strict
>;

const schemas = new WeakMap<ConfiguredEngines, z.ZodType>();

/** The schema of bakery.yaml for these engines; made once for each registry. */
export function bakerySchema<E extends ConfiguredEngines>(engines: E): BakerySchema<E> {
  const known = schemas.get(engines) ?? section(wholeShape(engines));
  schemas.set(engines, known);
  return known as BakerySchema<E>;
}

/** Each section at its place among the common keys. */
function wholeShape(engines: ConfiguredEngines): Record<string, z.ZodType> {
  const sections = Object.values(engines).flatMap(({ section: own }) => own ?? []);
  const common = Object.entries<z.ZodType>(commonShape(engines));
  const placed = common.flatMap(([key, schema]) => [
    [key, schema] as const,
    ...sections.filter(({ after }) => after === key).map((own) => [own.key, own.schema] as const),
  ]);
  return Object.fromEntries([...placed, ...sections.map((own) => [own.key, own.schema] as const)]);
}

function engineIds(engines: ConfiguredEngines): [string, ...string[]] {
  return Object.keys(engines) as [string, ...string[]];
}

/** A pattern rather than a check, so that editors have it, too: the characters of SSM, each field, no other field, not /aws or /ssm. */
function parameterPattern(): RegExp {
  const each = parameterFields.map((field) => `(?=.*\\{${field}\\})`).join('');
  const known = parameterFields.map((field) => `\\{${field}\\}`).join('|');
  return new RegExp(`^(?!/(?:aws|ssm))${each}/(?:[A-Za-z0-9_./-]|${known}){1,900}$`);
}
