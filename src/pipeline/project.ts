/**
 * Owns the project: bakery.yaml with all it names, read and checked before the first call, so that every finding is
 * said at once and nothing was touched.
 */
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { loadAssets, loadBakery, loadExpect, loadRecipe, type Located } from '../config/load.ts';
import { expandGlobs } from '../config/globs.ts';
import type { Expectation, Recipe } from '../config/recipe-schema.ts';
import type { Bakery, BakeryTarget } from '../config/schema.ts';
import { BakeError, errorsOf, type Place, throwAll } from '../errors/bake-error.ts';
import { checkCertificates, type CertificateFile } from '../image/trust/certificates.ts';
import { proxyTools } from '../config/mirrors-schema.ts';
import type {
  Certificate,
  FirstBootStep,
  ImageInputs,
  IndexInputs,
  PackageInstall,
  ProxyInputs,
  ProxyTool,
  RecipeStep,
  UserScript,
} from '../image/inputs.ts';
import type { Target } from '../os/target.ts';
import { loadTemplates, type Templates } from '../render/templates.ts';
import { readInput } from '../util/files.ts';
import { sha256 } from '../util/sha256.ts';
import { selectTargets, type Selection } from './selection.ts';
import type { Job, RotateSettings } from './world.ts';

export interface Project {
  bakery: Located<Bakery>;
  jobs: Job[];
  rotate: RotateSettings;
  /** Targets that only the command line names, by label. */
  unlisted: string[];
}

/**
 * Reads everything and checks it.
 * @param now for certificates: expired or not
 * @throws BakeError, BakeErrors: all findings at once
 */
export async function loadProject(
  file: string,
  selection: Selection,
  env: Readonly<Record<string, string | undefined>>,
  now: Date,
): Promise<Project> {
  const bakery = await loadBakery(file, env);
  const errors: BakeError[] = [];
  const { targets, unlisted } = selectTargets(bakery, selection, errors);
  const inputs = new Inputs(bakery, now, errors);
  const templates = await loadTemplates();
  const jobs: Job[] = [];
  for (const { target, entry } of targets) {
    const named = selection.recipe ?? entry?.recipe ?? bakery.value.defaults.recipe;
    // As the folder of bakery.yaml sees it, wherever the command was typed.
    const recipe = path.relative(bakery.folder, path.resolve(bakery.folder, named));
    const image = await inputs.forRecipe(recipe);
    if (image) jobs.push(makeJob(bakery.value, selection, target, entry, recipe, image, templates));
  }
  const rotate = await rotateSettings(bakery, selection, errors);
  throwAll(errors);
  return { bakery, jobs, rotate, unlisted };
}

// ── what the recipe names ─────────────────────────────────────────────────────────────────────────────────────────

/** What every recipe of a bakery.yaml has in common. */
type Shared = Pick<
  ImageInputs,
  'mirrors' | 'indexes' | 'proxy' | 'certificates' | 'handshake' | 'domain' | 'assets'
>;

/** An image without the target it is for. */
type RecipeImage = Omit<ImageInputs, 'os' | 'arch' | 'parallelcluster' | 'regions'>;

type PackagesWish = Extract<Recipe['steps'][number], { packages: unknown }>['packages'];

interface RecipeInputs {
  image: RecipeImage;
  carried: Record<string, string>;
}

/** Reads each recipe and what all recipes share once, however many targets use them. */
class Inputs {
  readonly #bakery: Located<Bakery>;
  readonly #now: Date;
  readonly #errors: BakeError[];
  readonly #recipes = new Map<string, Promise<RecipeInputs | undefined>>();
  #shared: Promise<Shared> | undefined;

  constructor(bakery: Located<Bakery>, now: Date, errors: BakeError[]) {
    this.#bakery = bakery;
    this.#now = now;
    this.#errors = errors;
  }

  /** undefined: the findings are in the list. */
  forRecipe(file: string): Promise<RecipeInputs | undefined> {
    const known = this.#recipes.get(file);
    if (known) return known;
    const reading = this.#collect(() => this.#readRecipe(file));
    this.#recipes.set(file, reading);
    return reading;
  }

  async #collect<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      this.#errors.push(...errorsOf(error));
      return undefined;
    }
  }

  async #readRecipe(file: string): Promise<RecipeInputs> {
    this.#shared ??= this.#readShared();
    const shared = await this.#shared;
    const recipe = await loadRecipe(path.resolve(this.#bakery.folder, file));
    const steps = await Promise.all(
      recipe.value.steps.map((step, index) => {
        const place = recipe.place(['steps', index]);
        return this.#step(step, shared, place);
      }),
    );
    const expect = (await Promise.all(recipe.value.expect.map((item) => this.#expect(item)))).flat();
    const image = { ...shared, recipe: steps.filter((step) => step !== undefined), expect };
    return { image, carried: digests(image) };
  }

  async #step(step: Recipe['steps'][number], shared: Shared, place: Place): Promise<RecipeStep | undefined> {
    if (typeof step === 'string') return { use: step };
    if ('script' in step) return this.#script(step.script, 'the script of a recipe step');
    if ('packages' in step) return this.#packages(step.packages, shared, place);
    const steps = await Promise.all(
      step.firstBoot.map(async (one): Promise<FirstBootStep | undefined> => {
        if (typeof one !== 'string') return this.#script(one.script, 'the script of a first-boot step');
        if (shared.domain) return { use: one };
        const expected = 'a domain in bakery.yaml, for the first-boot step joinDomain';
        this.#errors.push(
          new BakeError('CONFIG_VALUE', { path: 'domain', expected, found: 'nothing' }, { place }),
        );
        return undefined;
      }),
    );
    return { firstBoot: steps.filter((one) => one !== undefined) };
  }

  async #script(file: string, what: string): Promise<{ script: UserScript } | undefined> {
    const text = await this.#read(file, what);
    return text && { script: { name: path.basename(file), text: text.toString('utf8') } };
  }

  async #packages(wish: PackagesWish, shared: Shared, place: Place): Promise<RecipeStep> {
    const install: PackageInstall[] = [];
    for (const item of wish.install) {
      if (typeof item === 'string') install.push({ name: item });
      else if ('asset' in item) {
        install.push({ asset: item.asset, path: this.#assetPath(item.asset, shared, place) });
      } else {
        const answers =
          item.answers === undefined ? undefined : await this.#read(item.answers, 'an answer file');
        install.push({
          installer: item.installer,
          path: this.#assetPath(item.installer, shared, place),
          arguments: item.arguments,
          answers: answers?.toString('utf8'),
          creates: item.creates,
        });
      }
    }
    return { packages: { ...wish, install } };
  }

  /** Where the asset lies in the image; one that is not listed is a finding. */
  #assetPath(name: string, { assets }: Shared, place: Place): string {
    const asset = assets.find((one) => one.name === name);
    if (asset) return asset.path;
    const expected = `an asset of assets.yaml (${assets.map((one) => one.name).join(', ') || 'it lists none'})`;
    this.#errors.push(
      new BakeError('CONFIG_VALUE', { path: 'packages.install', expected, found: name }, { place }),
    );
    return '';
  }

  async #expect(item: Recipe['expect'][number]): Promise<Expectation[]> {
    if (typeof item !== 'string') return [item];
    const loaded = await this.#collect(() => loadExpect(path.resolve(this.#bakery.folder, item)));
    return loaded?.value ?? [];
  }

  async #readShared(): Promise<Shared> {
    const { value } = this.#bakery;
    const [certificates, assets, mirrors] = await Promise.all([
      this.#certificates(),
      this.#assets(),
      this.#mirrors(),
    ]);
    return {
      certificates,
      assets,
      mirrors,
      indexes: indexesOf(value),
      proxy: proxyOf(value),
      // A server of whoever named none: the mirror is behind the same CA, or it could not be reached from inside.
      handshake: value.trust.handshake ?? value.mirrors?.url,
      domain: value.domain && { ...value.domain, secret: value.domain.join.secret },
    };
  }

  async #certificates(): Promise<Certificate[]> {
    const { folder, value } = this.#bakery;
    const patterns = value.trust.certificates;
    const files = await this.#collect(() => expandGlobs(folder, patterns, { what: 'trust.certificates' }));
    if (!files) return [];
    // A pattern that matches nothing would bake an image that trusts nobody new, in silence.
    if (files.length === 0 && patterns.length > 0) {
      const place = this.#bakery.place(['trust', 'certificates']);
      this.#errors.push(
        new BakeError('FILE_MISSING', { path: patterns.join(', '), what: 'trust.certificates' }, { place }),
      );
    }
    const given: CertificateFile[] = [];
    for (const file of files) {
      const bytes = await this.#read(file, 'trust.certificates');
      if (bytes) given.push({ path: path.relative(folder, path.resolve(folder, file)), bytes });
    }
    // Mozilla's roots, as Node carries them: every image has those.
    const { lifeDays } = value.image;
    const { certificates, errors } = checkCertificates(given, this.#now, lifeDays, rootCertificates);
    this.#errors.push(...errors);
    return certificates;
  }

  async #assets(): Promise<ImageInputs['assets']> {
    const { folder, value } = this.#bakery;
    const file = value.assets;
    if (file === undefined) return [];
    const loaded = await this.#collect(() => loadAssets(path.resolve(folder, file)));
    const assets = (loaded?.value.assets ?? []).map(async (asset) => {
      const bytes = await this.#read(asset.file, `asset ${asset.name}`);
      if (!bytes) return undefined;
      const digest = sha256(bytes);
      if (digest !== asset.sha256) {
        const place = loaded?.place(['assets', loaded.value.assets.indexOf(asset), 'sha256']) ?? {};
        const context = { name: asset.name, expected: asset.sha256, found: digest };
        this.#errors.push(new BakeError('ASSET_DIGEST', context, { place }));
      }
      const { name, mode } = asset;
      return { name, path: asset.path, mode, sha256: digest, content: bytes.toString('base64') };
    });
    return (await Promise.all(assets)).filter((asset) => asset !== undefined);
  }

  async #mirrors(): Promise<ImageInputs['mirrors']> {
    const { mirrors } = this.#bakery.value;
    if (!mirrors) return undefined;
    const repos: NonNullable<ImageInputs['mirrors']>['repos'] = {};
    for (const [id, repo] of Object.entries(mirrors.repos)) {
      const key =
        repo.gpgKey === undefined ? undefined : await this.#read(repo.gpgKey, `mirrors.repos.${id}.gpgKey`);
      repos[id] = {
        enabled: repo.enabled,
        ...(repo.path === undefined ? {} : { path: repo.path }),
        ...(key === undefined || repo.gpgKey === undefined
          ? {}
          : { gpgKey: { name: path.basename(repo.gpgKey), content: key.toString('base64') } }),
      };
    }
    return { layout: mirrors.layout, url: mirrors.url, repos };
  }

  async #read(file: string, what: string): Promise<Buffer | undefined> {
    const full = path.resolve(this.#bakery.folder, file);
    try {
      return await readInput(full);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.#errors.push(
        code === 'ENOENT'
          ? new BakeError('FILE_MISSING', { path: file, what })
          : new BakeError('FILE_UNREADABLE', { path: file, reason: message }),
      );
      return undefined;
    }
  }
}

type Mirrors = NonNullable<Bakery['mirrors']>;

/** A path is below mirrors.url. */
function below(root: string, location: string): string {
  return (location.startsWith('/') ? root + location : location).replace(/\/{1,9}$/, '');
}

function indexesOf({ mirrors }: Bakery): IndexInputs | undefined {
  if (!mirrors) return undefined;
  const at = (key: 'pip' | 'uv' | 'npm' | 'cran' | 'spack') => {
    const location = mirrors[key];
    return location === undefined ? undefined : below(mirrors.url, location);
  };
  return {
    pip: at('pip'),
    uv: at('uv'),
    npm: at('npm'),
    cran: at('cran'),
    spack: at('spack'),
    conda: mirrors.conda && { ...mirrors.conda, url: below(mirrors.url, mirrors.conda.url) },
    git: mirrors.git && hosts(mirrors.git, mirrors.url),
    containers: mirrors.containers,
  };
}

function hosts(git: NonNullable<Mirrors['git']>, root: string): Record<string, string> {
  return Object.fromEntries(Object.entries(git).map(([host, at]) => [host, below(root, at)]));
}

function proxyOf({ proxy }: Bakery): ProxyInputs | undefined {
  if (!proxy) return undefined;
  const isTool = (name: string): name is ProxyTool => proxyTools.some((tool) => tool === name);
  return {
    url: proxy.https,
    tools: proxy.for.filter(isTool),
    repos: proxy.for.filter((name) => !isTool(name)),
    noProxy: proxy.noProxy,
  };
}

function digests(image: RecipeImage): Record<string, string> {
  return Object.fromEntries([
    ...image.certificates.map((certificate) => [`ca ${certificate.fingerprint256}`, sha256(certificate.pem)]),
    ...image.assets.map((asset) => [`asset ${asset.name}`, asset.sha256]),
    ...image.recipe.flatMap((step) =>
      'script' in step ? [[`script ${step.script.name}`, sha256(step.script.text)]] : [],
    ),
  ]);
}

// ── jobs ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function makeJob(
  bakery: Bakery,
  selection: Selection,
  target: Target,
  entry: BakeryTarget | undefined,
  recipe: string,
  inputs: RecipeInputs,
  templates: Templates,
): Job {
  const { builder } = bakery;
  const { os, arch, parallelcluster, regions } = target;
  return {
    target,
    engine: selection.engine ?? entry?.engine ?? bakery.defaults.engine,
    recipe,
    image: { ...inputs.image, os, arch, parallelcluster, regions },
    carried: inputs.carried,
    builder: {
      instanceType: builder.instanceType ?? (target.arch === 'arm64' ? 'c6g.xlarge' : 'c5.xlarge'),
      instanceProfile: builder.instanceProfile,
      subnet: builder.subnet,
      securityGroups: builder.securityGroups,
      volumeSize: builder.volumeSize,
      kmsKey: builder.kms[target.regions[0]],
      tags: builder.tags,
    },
    kms: builder.kms,
    prefix: bakery.image.prefix,
    refresh: bakery.refresh,
    rebake: selection.rebake,
    publish: { parameter: bakery.publish.parameter, channel: selection.channel ?? bakery.publish.channel },
    templates,
  };
}

async function rotateSettings(
  bakery: Located<Bakery>,
  selection: Selection,
  errors: BakeError[],
): Promise<RotateSettings> {
  const { rotate, publish } = bakery.value;
  const channel = rotate.channel ?? selection.channel ?? publish.channel;
  const base = { folder: bakery.folder, channel, root: rotate.root };
  try {
    return { ...base, files: await expandGlobs(bakery.folder, rotate.paths, { what: 'rotate.paths' }) };
  } catch (error) {
    errors.push(...errorsOf(error));
    return { ...base, files: [] };
  }
}
