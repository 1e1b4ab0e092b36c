/**
 * The ready-made entries: what ParallelCluster itself fetches from GitHub, per release.
 *
 * Until 2.6.0 each node clones pyenv and its plug-in at its first boot (aws/aws-parallelcluster-cookbook:
 * recipes/_setup_python.rb at v2.4.1), so images of those versions get them. From 2.6.1 on, only image builds (`pcluster
 * build-image`) use GitHub: those entries are for the mirror that serves such a build, not for images.
 */
import type { AssetEntry } from '../config/assets-schema.ts';
import { compareReleases, releases } from '../os/releases.ts';

const base = { mode: '0644', image: true } as const;
const BOOT: AssetEntry['for'] = { parallelcluster: ['2.4.1', '2.5.0', '2.5.1', '2.6.0'] };

const atBoot: AssetEntry[] = ['pyenv', 'pyenv-virtualenv'].map((name) => ({
  ...base,
  name,
  git: { repo: `pyenv/${name}`, ref: 'master' },
  for: BOOT,
}));

/** The address of a version of a project: a path below github.com, or a repository that the build clones. */
type Where = (version: string) => { path: string } | { clone: string };

const projects = {
  slurm: (v) => ({ path: `SchedMD/slurm/archive/slurm-${v}.tar.gz` }),
  munge: (v) => ({ path: `dun/munge/archive/munge-${v}.tar.gz` }),
  pmix: (v) => ({ path: `openpmix/openpmix/releases/download/v${v}/pmix-${v}.tar.gz` }),
  libjwt: (v) => ({ path: `benmcollins/libjwt/archive/refs/tags/v${v}.tar.gz` }),
  gdrcopy: (v) => ({ path: `NVIDIA/gdrcopy/archive/refs/tags/v${v}.tar.gz` }),
  'cuda-samples': (v) => ({ path: `NVIDIA/cuda-samples/archive/refs/tags/v${v}.tar.gz` }),
  'efs-utils': (v) => ({ path: `aws/efs-utils/archive/v${v}.tar.gz` }),
  pyenv: () => ({ clone: 'pyenv/pyenv' }),
  'pyenv-virtualenv': () => ({ clone: 'pyenv/pyenv-virtualenv' }),
  'http-parser': () => ({ clone: 'nodejs/http-parser' }),
} as const satisfies Record<string, Where>;

type Project = keyof typeof projects;
/** The versions that a build fetches; none: it no longer fetches the project from GitHub. */
type Change = Partial<Record<Project, readonly string[]>>;

/**
 * The files that a build fetches: a row for each change, which later releases inherit. Read from aws/aws-parallelcluster-cookbook
 * at the tag of each release up to v3.11.1: attributes/default.rb, from v3.6.0 on
 * cookbooks/aws-parallelcluster-slurm/{attributes/versions,recipes/install/install_*}.rb,
 * …-platform/{recipes/install/cuda,resources/gdrcopy/**}.rb, …-environment/resources/efs/partial/_common.rb,
 * resources/install_pyenv.rb with third-party/pyenv-*.
 */
const CHANGES: readonly (readonly [from: string, change: Change])[] = [
  ['3.0.0', { slurm: ['20-11-8-1'], munge: ['0.5.14'], pmix: ['3.1.5'] }],
  ['3.0.0', { pyenv: ['master'], 'pyenv-virtualenv': ['master'] }],
  ['3.1.1', { slurm: ['21-08-5-1'], pmix: ['3.2.3'] }],
  ['3.1.2', { slurm: ['21-08-6-1'] }],
  ['3.1.4', { slurm: ['21-08-8-2'], libjwt: ['1.12.0'] }],
  ['3.2.0', { gdrcopy: ['2.3'] }],
  ['3.3.0', { slurm: ['22-05-5-1'], 'cuda-samples': ['11.6'], 'efs-utils': ['1.34.1'] }],
  ['3.4.0', { slurm: ['22-05-7-1'] }],
  ['3.5.0', { slurm: ['22-05-8-1'] }],
  ['3.6.0', { slurm: ['23-02-2-1'], munge: ['0.5.15'], 'cuda-samples': ['11.8'] }],
  ['3.7.0', { slurm: ['23-02-4-1'], 'cuda-samples': ['12.2'] }],
  ['3.7.1', { slurm: ['23-02-5-1'], pmix: ['4.2.6'], libjwt: ['1.15.3'] }],
  ['3.7.2', { slurm: ['23-02-6-1'] }],
  // 2.3.1 is for centos7.
  ['3.8.0', { slurm: ['23-02-7-1'], gdrcopy: ['2.4', '2.3.1'] }],
  ['3.9.0', { slurm: ['23-11-4-1'], pmix: ['4.2.9'] }],
  ['3.9.2', { slurm: ['23-11-7-1'] }],
  // From here on, builds fetch from ParallelCluster's own buckets (aws/aws-parallelcluster-cookbook pull request 2761),
  // except for efs-utils, and http-parser on alinux2023 (cookbooks/aws-parallelcluster-slurm/resources/
  // slurm_dependencies/slurm_dependencies_alinux2023.rb).
  ['3.10.0', { slurm: [], munge: [], pmix: [], libjwt: [], gdrcopy: [], 'cuda-samples': [] }],
  ['3.10.0', { pyenv: [], 'pyenv-virtualenv': [], 'http-parser': ['v2.9.4'] }],
  ['3.11.0', { 'efs-utils': [] }],
  // aws/aws-parallelcluster-cookbook pull requests 2872, 2895 and 2896, of March 2025.
  ['3.13.0', { 'http-parser': [] }],
];

/** The digests that the cookbook checks in some release: a URL has the same bytes in all of them. */
const DIGESTS: Readonly<Record<string, string>> = {
  'slurm 22-05-8-1': '8c8f6a26a5d51e6c63773f2e02653eb724540ee8b360125c8d7732314ce737d6',
  'slurm 23-02-2-1': '71edcf187a7d68176cca06143adf98e8f332d42cdf000cb534b03b13834ad537',
  'slurm 23-02-4-1': '7290143a71ce2797d0df3423f08396fd5c0ae4504749ff372d6860b2d6a3a1b0',
  'slurm 23-02-5-1': '4fee743a34514d8fe487080048256f5ee032374ed5f42d0eae342110dcd59edf',
  'slurm 23-02-6-1': 'ed44d4e591c0f91874d535cb8c9ea67dd2a38bfa4e96fa6c71687293f6a1d3bb',
  'slurm 23-02-7-1': '3f60ad5b5a492312d1febb9f9167caa3aee7f8438bb032590a993f5a65c5e4db',
  'slurm 23-11-4-1': '832bc076d8ac9fd44cf2bf539c5046d7aa3ec20fb6c699693552dce3e5ad5588',
  'slurm 23-11-7-1': 'b25127efd69a47c14bd65dfa3bff2687b5350c5290eafb601f923faebe6fd238',
  'munge 0.5.15': '51b2c81d1a7ec2ab5d486fa51b50c7e79eb1810ca6687b6ed65f3601abc55614',
  'pmix 3.2.3': '1325a1355d0794196bb47665053fdbc588f9183aa5385f3581b668427316306e',
  'pmix 4.2.6': '2085615d1b8d72d944b4580cfd0ec958ce9050f9c7585081351ddaf1d63fe201',
  'pmix 4.2.9': '00ddb36fb81c31519972079a218c3cdd903510fc3910abaf4d484068fa29e884',
  'libjwt 1.12.0': 'eaf5d8b31d867c02dde767efa2cf494840885a415a3c9a62680bf870a4511bee',
  'libjwt 1.15.3': 'cb2fd95123689e7d209a3a8c060e02f68341c9a5ded524c0cd881a8cd20d711f',
  'gdrcopy 2.3': 'b85d15901889aa42de6c4a9233792af40dd94543e82abe0439e544c87fd79475',
  'gdrcopy 2.3.1': '59b3cc97a4fc6008a5407506d9e67ecc4144cfad61c261217fabcb671cd30ca8',
  'gdrcopy 2.4': '39e74d505ca16160567f109cc23478580d157da897f134989df1d563e55f7a5b',
  'efs-utils 1.34.1': '69d0d8effca3b58ccaf4b814960ec1d16263807e508b908975c2627988c7eb6c',
};

/** Name in `include` → its entries; none where that release fetches nothing from GitHub. */
export const readyMade: ReadonlyMap<string, readonly AssetEntry[]> = new Map([
  ['parallelcluster-pyenv', atBoot],
  ...releases.map((version) => [`parallelcluster-${version}`, sourcesOf(version)] as const),
]);

/** The files that a build of that release fetches. Releases with the same version share the entry. */
function sourcesOf(release: string): AssetEntry[] {
  const past = CHANGES.filter(([from]) => compareReleases(from, release) <= 0);
  const taken: Change = Object.assign({}, ...past.map(([, change]) => change));
  return Object.entries(taken).flatMap(([project, versions]) =>
    versions.map((version) => entryOf(project as Project, version)),
  );
}

function entryOf(project: Project, version: string): AssetEntry {
  const where = projects[project](version);
  const entry = { ...base, name: `parallelcluster-${project}-${version}`, image: false };
  if ('clone' in where) return { ...entry, git: { repo: where.clone, ref: version } };
  const sha256 = DIGESTS[`${project} ${version}`];
  return { ...entry, url: `https://github.com/${where.path}`, ...(sha256 !== undefined && { sha256 }) };
}
