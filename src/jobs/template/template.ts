/** Makes a CloudFormation template of a cluster config: checks it, writes it to a file, uploads it to S3. */
import path from 'node:path';
import { choose, chooseArch, chooseOs, chooseRegion, type TemplateOptions } from '../../template/choose.ts';
import { capabilities, deployCommand, LARGEST_BODY, quickCreateLink } from '../../template/launch.ts';
import { readConvertedConfig } from '../../template/kind.ts';
import { clusterNames } from '../../template/names.ts';
import { clusterTemplate, type ClusterTemplate } from '../../template/template.ts';
import { configFacts } from '../../template/values.ts';
import { BakeError } from '../../errors/bake-error.ts';
import type { Project } from '../../pipeline/project.ts';
import { parameterName } from '../../publish/parameter.ts';
import { findFamilies } from '../../rotate/families.ts';
import { familiesOf, familyText, type ImageFamily } from '../../os/family.ts';
import { commentFamilies } from '../../rotate/comment-families.ts';
import { findReferences } from '../../rotate/find.ts';
import type { FileFindings } from '../../rotate/format.ts';
import { askConsent } from '../consent.ts';
import { fileError } from '../../util/file-error.ts';
import { sha256 } from '../../util/sha256.ts';
import { readInput } from '../../util/files.ts';
import type { Invocation } from '../invocation.ts';
import { checkChannelName } from '../selection.ts';
import { openCloud, type Cloud } from '../cloud.ts';
import { openWorkplace } from '../workplace.ts';
import type { UnresolvedEntry } from '../../entries/result.ts';
import type { Follows } from '../../template/follow.ts';
import { uploadPlace, uploadTemplate, writeTemplate } from './out.ts';
import { validateTemplate } from './validate.ts';

/** The result of `bake template --json`. */
export interface TemplateResult {
  template: {
    /** null: it goes to stdout. */
    file: string | null;
    parallelcluster: string;
    region: string;
    parameters: { name: string; default: string }[];
    capabilities: string[];
    /** https address in S3; null without --upload. */
    url: string | null;
    /** The link that launches it from a browser; null without --upload. */
    launch: string | null;
    /** The AWS CLI command that launches the stack, and that applies each later update. */
    command: string;
    follows: Follows[];
    /** null: without --validate. */
    validated: { by: string[]; findings: string[] } | null;
  };
  unresolved: UnresolvedEntry[];
}

export interface MadeTemplate {
  result: TemplateResult;
  /** The template itself. */
  text: string;
}

/**
 * Exports the template of one cluster config. It is uploaded only if the user agrees and validation found nothing.
 * @throws BakeError, BakeErrors USAGE, TEMPLATE_…, VALIDATE_MISSING, AWS_…
 */
export async function makeTemplate(invocation: Invocation, config: string): Promise<MadeTemplate> {
  const { host, options, cwd } = invocation;
  const place = uploadPlace(options.upload);
  const given = givenBy(invocation);
  const bytes = await readConfig(config, cwd);
  readConvertedConfig(config, bytes);
  const { project } = await openWorkplace(wholeProject(invocation));
  const lazy = lazyCloud(invocation, project);
  try {
    const wish = await wishOf(config, bytes, given, project, lazy, invocation);
    const template = clusterTemplate({ file: config, bytes, ...wish, includeRoot: options.includeRoot });
    const warnings = [...template.warnings, ...unpublishedParameters(template, wish, project)];
    for (const text of warnings) host.emit({ type: 'warning', text, file: config });

    const checked = options.validate ? await validateTemplate(template, wish, invocation) : undefined;
    const written = await writeTemplate(template, config, invocation);
    if (checked && checked.missing.length > 0)
      throw new BakeError('VALIDATE_MISSING', { missing: checked.missing });
    const isRed = (checked?.findings ?? []).length > 0;
    const url =
      place !== undefined && !isRed && (await agreesToUpload(invocation, template))
        ? await uploadTemplate(
            template,
            { ...place, name: wish.clusterName, region: wish.region },
            (await lazy()).aws,
          )
        : null;
    const launch = {
      region: wish.region,
      stackName: `${wish.clusterName}-stack`,
      parameters: template.parameters,
    };
    const isLong = Buffer.byteLength(template.text, 'latin1') > LARGEST_BODY;
    const result: TemplateResult = {
      template: {
        file: written,
        parallelcluster: wish.parallelcluster,
        region: wish.region,
        parameters: template.parameters,
        capabilities: [...capabilities],
        url,
        launch: url === null ? null : quickCreateLink(launch, url),
        command: deployCommand(launch, written ?? 'FILE', isLong ? (place?.bucket ?? 'BUCKET') : undefined),
        follows: template.follows,
        validated: checked ? { by: checked.by, findings: checked.findings } : null,
      },
      unresolved: template.unresolved,
    };
    return { result, text: utf8(template) };
  } finally {
    await lazy.close();
  }
}

/** The template exists already and an upload never replaces an object, so no plan has to be made again. */
async function agreesToUpload(invocation: Invocation, { text }: ClusterTemplate): Promise<boolean> {
  const { upload } = invocation.options;
  const writes = [{ what: `template in ${upload}`, from: null, to: sha256(text) }];
  const consent = await askConsent({
    invocation,
    command: 'template',
    needsYes: false,
    plan: async () => ({ writes }),
    show: () => {},
    textOf: () => `Upload it to ${upload}?`,
  });
  return consent.kind === 'go';
}

/** Warns of parameters that no target publishes in the cluster's Region: CloudFormation would not find them. */
function unpublishedParameters(
  { parameters }: ClusterTemplate,
  wish: TemplateWish,
  { jobs }: Project,
): string[] {
  const filled = new Set(
    jobs
      .filter(({ target }) => target.regions.includes(wish.region))
      .map(({ target: { os, arch, parallelcluster } }) =>
        wish.parameterOf({ os: os.id, arch, parallelcluster }),
      ),
  );
  return parameters
    .filter(({ name, default: parameter }) => name !== 'ClusterName' && !filled.has(parameter))
    .map(
      ({ default: parameter }) =>
        `no target of bakery.yaml publishes ${parameter} in ${wish.region}: a stack fails if that parameter does not exist`,
    );
}

function utf8({ text }: ClusterTemplate): string {
  return Buffer.from(text, 'latin1').toString('utf8').replace(/\n$/, '');
}

function givenBy({ options }: Invocation): TemplateOptions {
  const refuse = (message: string): BakeError => new BakeError('USAGE', { message, command: 'template' });
  checkChannelName('--from-channel', options.fromChannel, 'template');
  for (const name of ['os', 'region'] as const) {
    if (options[name].length > 1) {
      throw refuse(`--${name}: one template has one; found ${options[name].join(', ')}`);
    }
  }
  if (options.out === '-' && options.json) {
    throw refuse('--out - and --json both want stdout: name a file with --out');
  }
  const { arch, parallelcluster } = options;
  return { os: options.os[0], region: options.region[0], arch, parallelcluster };
}

async function readConfig(file: string, cwd: string): Promise<Buffer> {
  try {
    return await readInput(path.resolve(cwd, file));
  } catch (error) {
    const more = { place: { file }, cause: error };
    const { code, message } = fileError(error);
    if (code === 'ENOENT') throw new BakeError('FILE_MISSING', { path: file, what: 'FILE' }, more);
    throw new BakeError('FILE_UNREADABLE', { path: file, reason: message }, more);
  }
}

/** Here the options describe the cluster and do not select targets, so every target of bakery.yaml is read. */
function wholeProject(invocation: Invocation): Invocation {
  const options = { ...invocation.options, os: [], region: [], arch: undefined, parallelcluster: undefined };
  return { ...invocation, options };
}

type LazyCloud = (() => Promise<Cloud>) & { close(): Promise<void> };

/** Connects to AWS at the first use: a template can be made without credentials. */
function lazyCloud(invocation: Invocation, project: Project): LazyCloud {
  let opened: Promise<Cloud> | undefined;
  const open = (): Promise<Cloud> => (opened ??= openCloud(invocation, project));
  return Object.assign(open, {
    async close() {
      await (await opened?.catch(() => undefined))?.close();
    },
  });
}

interface TemplateWish {
  parallelcluster: string;
  region: string;
  clusterName: string;
  families: ReadonlyMap<string, ImageFamily>;
  parameterOf(family: ImageFamily): string;
  volumeSizeOf(family: ImageFamily): number | undefined;
}

async function wishOf(
  file: string,
  bytes: Buffer,
  given: TemplateOptions,
  project: Project,
  cloud: LazyCloud,
  { cwd, options, host }: Invocation,
): Promise<TemplateWish> {
  const { bakery, jobs } = project;
  const targets = jobs.map(({ target }) => target);
  const found = findReferences('cluster.yaml', bytes);
  const says = configFacts(bytes);
  const region = chooseRegion(given, says, targets);
  const os = chooseOs(given, says);
  const arch = chooseArch(given, says);
  const configured = familiesOf(bakery.value.rotate.families);
  const families = new Map([...commentFamilies([found]), ...configured]);
  const unknown = idsIn(found).filter((id) => !families.has(id));
  if (unknown.length > 0 && (given.os === undefined || given.parallelcluster === undefined)) {
    host.emit({
      type: 'note',
      text: 'asking AWS for the OS and the version of the images; with --os and --parallelcluster this is not needed',
    });
    const { aws, account } = await cloud();
    const asked = { found: [found], channels: [], configured, defaultRegion: region };
    const regions = [...new Set([region, ...targets.flatMap((target) => target.regions)])];
    const template = bakery.value.publish.parameter;
    const known = await findFamilies({ ...asked, aws, account, template, regions });
    for (const [id, family] of known.families) families.set(id, family);
  }
  const chosen = choose(given, { os, region, arch }, [...families.values()], targets);
  if (given.os !== undefined && given.parallelcluster !== undefined) {
    for (const id of unknown) families.set(id, chosen);
  }
  const channel = options.fromChannel ?? bakery.value.rotate.channel;
  const nameOf = await clusterNames(bakery.folder, bakery.value.rotate.clusters);
  return {
    parallelcluster: chosen.parallelcluster,
    region,
    clusterName: nameOf(path.resolve(cwd, file)),
    families,
    parameterOf: (family) => parameterName(bakery.value.publish.parameter, { ...family, channel }),
    volumeSizeOf: (family) =>
      jobs.find(({ target: { os: of, arch: its, parallelcluster } }) => {
        return familyText({ os: of.id, arch: its, parallelcluster }) === familyText(family);
      })?.builder.volumeSize,
  };
}

function idsIn({ references, openings }: FileFindings): string[] {
  return [...new Set([...references.map(({ id }) => id), ...openings.map(({ inherits }) => inherits)])];
}
