/** Reads the files that a recipe and bakery.yaml name (scripts, certificates, assets, keys), each once for all targets. */
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { assetsForImages } from '../assets/for-image.ts';
import { expandGlobs } from '../config/globs.ts';
import { loadAssets, loadExpect, loadRecipe, type Located } from '../config/load.ts';
import { proxyTools } from '../config/mirrors-schema.ts';
import { isBareName, shippedFile, shippedFolder } from '../config/shipped.ts';
import type { RecipeExpectation, Recipe } from '../config/recipe-schema.ts';
import type { Bakery } from '../config/schema.ts';
import { BakeError, errorsOf, type FilePlace } from '../errors/bake-error.ts';
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
import { nodeKinds } from '../os/node-kinds.ts';
import { checkCertificates, type CertificateFile } from '../image/trust/certificates.ts';
import { digestFile, readInput } from '../util/files.ts';
import type { NamedScript } from './script-syntax.ts';
import type { Warning } from './warnings.ts';
import { sha256 } from '../util/sha256.ts';

/** The inputs that all recipes of a bakery.yaml share. */
type Shared = Pick<
  ImageInputs,
  | 'mirrors'
  | 'indexes'
  | 'proxy'
  | 'certificates'
  | 'handshake'
  | 'domain'
  | 'assets'
  | 'assetHosts'
  | 'nodes'
>;

/** An image without its target. */
type RecipeImage = Omit<ImageInputs, 'os' | 'arch' | 'parallelcluster' | 'regions'>;

type PackagesWish = Extract<Recipe['steps'][number], { packages: unknown }>['packages'];

export interface RecipeInputs {
  image: RecipeImage;
  place: Located<Recipe>['place'];
}

/** Reads each recipe, and the shared inputs, once for all targets. */
export class Inputs {
  readonly #bakery: Located<Bakery>;
  readonly #now: Date;
  readonly #errors: BakeError[];
  readonly #recipes = new Map<string, Promise<RecipeInputs | undefined>>();
  #shared: Promise<Shared> | undefined;
  /** The user's own scripts, with the names that the user gave. */
  readonly scripts: NamedScript[] = [];
  readonly warnings: Warning[] = [];

  constructor(bakery: Located<Bakery>, now: Date, errors: BakeError[]) {
    this.#bakery = bakery;
    this.#now = now;
    this.#errors = errors;
  }

  /**
   * @param place the place of its name
   * @returns undefined: the findings are in the list
   */
  forRecipe(file: string, place: FilePlace | undefined): Promise<RecipeInputs | undefined> {
    const known = this.#recipes.get(file);
    if (known) return known;
    const reading = this.#collect(() => this.#readRecipe(file, place));
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

  async #readRecipe(file: string, named: FilePlace | undefined): Promise<RecipeInputs> {
    this.#shared ??= this.#readShared();
    const shared = await this.#shared;
    const shipped = isBareName(file);
    const recipe = await loadRecipe(
      shipped ? shippedFile('recipe', file, named) : path.resolve(this.#bakery.folder, file),
      { what: 'recipe', place: named },
    );
    const folder = shipped ? shippedFolder() : this.#bakery.folder;
    const steps = await Promise.all(
      recipe.value.steps.map((step, index) =>
        this.#step(step, { shared, folder, placeOf: (...at) => recipe.place(['steps', index, ...at]) }),
      ),
    );
    const expectations = recipe.value.expect.map((item, index) =>
      this.#expect(item, folder, recipe.place(['expect', index])),
    );
    const expect = (await Promise.all(expectations)).flat();
    const image = { ...shared, recipe: steps.filter((step) => step !== undefined), expect };
    return { image, place: (at) => recipe.place(at) };
  }

  async #step(step: Recipe['steps'][number], about: AboutStep): Promise<RecipeStep | undefined> {
    const { shared, folder, placeOf } = about;
    if (typeof step === 'string') return { use: step };
    if ('script' in step) {
      return this.#script(step.script, folder, 'the script of a recipe step', placeOf('script'));
    }
    if ('packages' in step) return this.#packages(step.packages, about);
    const steps = await Promise.all(
      step.firstBoot.map(async (one, index): Promise<FirstBootStep | undefined> => {
        if (typeof one !== 'string') {
          const at = placeOf('firstBoot', index, 'script');
          return this.#script(one.script, folder, 'the script of a first-boot step', at);
        }
        if (shared.domain) return { use: one };
        const expected = 'a domain in bakery.yaml, for the first-boot step joinDomain';
        this.#errors.push(
          new BakeError(
            'CONFIG_VALUE',
            { path: 'domain', expected, found: 'nothing' },
            { place: placeOf('firstBoot', index) },
          ),
        );
        return undefined;
      }),
    );
    return { firstBoot: steps.filter((one) => one !== undefined) };
  }

  async #script(
    file: string,
    folder: string,
    what: string,
    place: FilePlace,
  ): Promise<{ script: UserScript } | undefined> {
    const bytes = await this.#read(file, what, place, folder);
    if (!bytes) return undefined;
    const text = bytes.toString('utf8');
    this.scripts.push({ file, text });
    return { script: { name: path.basename(file), text } };
  }

  async #packages(wish: PackagesWish, { shared, folder, placeOf }: AboutStep): Promise<RecipeStep> {
    const install: PackageInstall[] = [];
    for (const [index, item] of wish.install.entries()) {
      const place = placeOf('packages', 'install', index);
      if (typeof item === 'string') install.push({ name: item });
      else if ('asset' in item) {
        install.push({ asset: item.asset, path: this.#assetPath(item.asset, shared, place) });
      } else {
        const answers =
          item.answers === undefined
            ? undefined
            : await this.#read(
                item.answers,
                'an answer file',
                placeOf('packages', 'install', index, 'answers'),
                folder,
              );
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

  /** The path of the asset in the image; an unknown asset is a finding. */
  #assetPath(name: string, { assets }: Shared, place: FilePlace): string {
    const asset = assets.find((one) => one.name === name);
    if (asset) return asset.path;
    const expected = `an asset of assets.yaml (${assets.map((one) => one.name).join(', ') || 'it lists none'})`;
    this.#errors.push(
      new BakeError('CONFIG_VALUE', { path: 'packages.install', expected, found: name }, { place }),
    );
    return '';
  }

  async #expect(
    item: Recipe['expect'][number],
    folder: string,
    place: FilePlace,
  ): Promise<RecipeExpectation[]> {
    if (typeof item !== 'string') return [item];
    const loaded = await this.#collect(() =>
      loadExpect(isBareName(item) ? shippedFile('expect', item, place) : path.resolve(folder, item), {
        what: 'expect',
        place,
      }),
    );
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
      ...assets,
      mirrors,
      indexes: indexesOf(value),
      proxy: proxyOf(value),
      // The default server is the mirror, which has a certificate of the same CA.
      handshake: value.trust.handshake ?? value.mirrors?.url,
      nodes: nodeKinds.filter((kind) => value.image.nodes.includes(kind)),
      domain: value.domain && { ...value.domain, secret: value.domain.join.secret },
    };
  }

  async #certificates(): Promise<Certificate[]> {
    const { folder, value } = this.#bakery;
    const patterns = value.trust.certificates;
    const source = {
      what: 'trust.certificates',
      place: (index: number) => this.#bakery.place(['trust', 'certificates', index]),
    };
    const files = await this.#collect(() => expandGlobs(folder, patterns, source));
    if (!files) return [];
    // A pattern without matches would silently bake an image that trusts no additional CA.
    if (files.length === 0 && patterns.length > 0) {
      const place = this.#bakery.place(['trust', 'certificates']);
      this.#errors.push(
        new BakeError('FILE_MISSING', { path: patterns.join(', '), what: 'trust.certificates' }, { place }),
      );
    }
    const given: CertificateFile[] = [];
    for (const file of files) {
      const bytes = await this.#read(
        file,
        'trust.certificates',
        this.#bakery.place(['trust', 'certificates']),
      );
      if (bytes) given.push({ path: path.relative(folder, path.resolve(folder, file)), bytes });
    }
    // Every image has the roots of Mozilla, which Node contains.
    const { lifeDays } = value.image;
    const { certificates, errors, warnings } = checkCertificates(
      given,
      this.#now,
      lifeDays,
      rootCertificates,
    );
    this.#errors.push(...errors);
    this.warnings.push(...warnings.map(({ text, place: { file, line } }) => ({ text, file, line })));
    return certificates;
  }

  async #assets(): Promise<Pick<Shared, 'assets' | 'assetHosts'>> {
    const { folder, value } = this.#bakery;
    const file = value.assets;
    if (file === undefined) return { assets: [] };
    const named = { what: 'assets', place: this.#bakery.place(['assets']) };
    const loaded = await this.#collect(() => loadAssets(path.resolve(folder, file), named));
    if (!loaded) return { assets: [] };
    const found = await this.#collect(() =>
      assetsForImages(loaded, folder, async (asset, index) => {
        const place = (key: string): FilePlace => loaded.place(['assets', index, key]);
        const source = path.resolve(folder, asset.file as string);
        const read = await this.#reading(asset.file as string, `asset ${asset.name}`, place('file'), () =>
          digestFile(source),
        );
        if (!read) return undefined;
        if (read.sha256 !== asset.sha256) {
          const context = { name: asset.name, expected: asset.sha256 as string, found: read.sha256 };
          this.#errors.push(new BakeError('ASSET_DIGEST', context, { place: place('sha256') }));
        }
        return { ...read, source };
      }),
    );
    this.#errors.push(...(found?.errors ?? []));
    return { assets: found?.assets ?? [], assetHosts: found?.hosts };
  }

  async #mirrors(): Promise<ImageInputs['mirrors']> {
    const { mirrors } = this.#bakery.value;
    if (!mirrors) return undefined;
    const repos: NonNullable<ImageInputs['mirrors']>['repos'] = {};
    for (const [id, repo] of Object.entries(mirrors.repos)) {
      const key =
        repo.gpgKey === undefined
          ? undefined
          : await this.#read(
              repo.gpgKey,
              `mirrors.repos.${id}.gpgKey`,
              this.#bakery.place(['mirrors', 'repos', id, 'gpgKey']),
            );
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

  /**
   * @param place where the file is named
   * @param folder where a relative path starts
   */
  #read(
    file: string,
    what: string,
    place: FilePlace,
    folder = this.#bakery.folder,
  ): Promise<Buffer | undefined> {
    return this.#reading(file, what, place, () => readInput(path.resolve(folder, file)));
  }

  async #reading<T>(
    file: string,
    what: string,
    place: FilePlace,
    read: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.#errors.push(
        code === 'ENOENT'
          ? new BakeError('FILE_MISSING', { path: file, what }, { place })
          : new BakeError('FILE_UNREADABLE', { path: file, reason: message }, { place }),
      );
      return undefined;
    }
  }
}

/** The inputs for reading a step of a recipe. */
interface AboutStep {
  shared: Shared;
  /** The folder that relative paths in its recipe start from. */
  folder: string;
  /** The place of a value below the step. */
  placeOf: (...below: (string | number)[]) => FilePlace;
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

/** The digests of the files in an image, by name. */
export function digests(image: ImageInputs): Record<string, string> {
  return Object.fromEntries([
    ...image.certificates.map((certificate) => [`ca ${certificate.fingerprint256}`, sha256(certificate.pem)]),
    ...image.assets.map((asset) => [
      `asset ${[asset.name, ...(asset.for?.arch ?? [])].join(' ')}`,
      asset.sha256,
    ]),
    ...image.recipe.flatMap((step) =>
      'script' in step ? [[`script ${step.script.name}`, sha256(step.script.text)]] : [],
    ),
  ]);
}
