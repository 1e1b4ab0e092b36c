/**
 * Owns the ready-made entries: what ParallelCluster itself takes from GitHub, per version.
 *
 * Until 2.6.0 each node clones pyenv and its plug-in at its first boot (cookbook v2.4.1 recipes/_setup_python.rb), so
 * they go into images of those versions. From 2.6.1 on, GitHub is a matter of image builds alone, and from 3.10.0 on
 * the sources come from ParallelCluster's own buckets (facts/parallelcluster.md 7): those entries are for the mirror
 * that `pcluster build-image` is pointed at. Addresses, versions and digests: aws/aws-parallelcluster-cookbook at the
 * tags of these versions, attributes/*.rb and resources (munge, pmix, libjwt, slurm, efs-utils).
 */
import type { AssetEntry, readyMadeNames } from '../config/assets-schema.ts';

type Name = (typeof readyMadeNames)[number];

const base = { mode: '0644', image: true } as const;
const BOOT: AssetEntry['for'] = { parallelcluster: ['2.4.1', '2.5.0', '2.5.1', '2.6.0'] };

const pyenv: AssetEntry[] = [
  { ...base, name: 'pyenv', git: { repo: 'pyenv/pyenv', ref: 'master' }, for: BOOT },
  { ...base, name: 'pyenv-virtualenv', git: { repo: 'pyenv/pyenv-virtualenv', ref: 'master' }, for: BOOT },
];

const munge = (version: string) => `https://github.com/dun/munge/archive/munge-${version}.tar.gz`;
const slurm = (version: string) => `https://github.com/SchedMD/slurm/archive/slurm-${version}.tar.gz`;
const pmix = (version: string) =>
  `https://github.com/openpmix/openpmix/releases/download/v${version}/pmix-${version}.tar.gz`;
const libjwt = (version: string) =>
  `https://github.com/benmcollins/libjwt/archive/refs/tags/v${version}.tar.gz`;
const efsUtils = (version: string) => `https://github.com/aws/efs-utils/archive/v${version}.tar.gz`;

/** Version of ParallelCluster → address → the digest that its cookbook checks, where it does. */
const SOURCES: Readonly<Record<Exclude<Name, 'parallelcluster-pyenv'>, Readonly<Record<string, string>>>> = {
  'parallelcluster-3.0.0': { [munge('0.5.14')]: '', [pmix('3.1.5')]: '', [slurm('20-11-8-1')]: '' },
  'parallelcluster-3.3.0': {
    [efsUtils('1.34.1')]: '69d0d8effca3b58ccaf4b814960ec1d16263807e508b908975c2627988c7eb6c',
    [libjwt('1.12.0')]: '',
    [munge('0.5.14')]: '',
    [pmix('3.2.3')]: '',
    [slurm('22-05-5-1')]: '',
  },
  'parallelcluster-3.6.0': {
    [efsUtils('1.34.1')]: '69d0d8effca3b58ccaf4b814960ec1d16263807e508b908975c2627988c7eb6c',
    [libjwt('1.12.0')]: 'eaf5d8b31d867c02dde767efa2cf494840885a415a3c9a62680bf870a4511bee',
    [munge('0.5.15')]: '',
    [pmix('3.2.3')]: '1325a1355d0794196bb47665053fdbc588f9183aa5385f3581b668427316306e',
    [slurm('23-02-2-1')]: '71edcf187a7d68176cca06143adf98e8f332d42cdf000cb534b03b13834ad537',
  },
  'parallelcluster-3.8.0': {
    [libjwt('1.15.3')]: 'cb2fd95123689e7d209a3a8c060e02f68341c9a5ded524c0cd881a8cd20d711f',
    [munge('0.5.15')]: '',
    [pmix('4.2.6')]: '2085615d1b8d72d944b4580cfd0ec958ce9050f9c7585081351ddaf1d63fe201',
    [slurm('23-02-7-1')]: '3f60ad5b5a492312d1febb9f9167caa3aee7f8438bb032590a993f5a65c5e4db',
  },
  'parallelcluster-3.9.0': {
    [libjwt('1.15.3')]: 'cb2fd95123689e7d209a3a8c060e02f68341c9a5ded524c0cd881a8cd20d711f',
    [munge('0.5.15')]: '51b2c81d1a7ec2ab5d486fa51b50c7e79eb1810ca6687b6ed65f3601abc55614',
    [pmix('4.2.9')]: '00ddb36fb81c31519972079a218c3cdd903510fc3910abaf4d484068fa29e884',
    [slurm('23-11-4-1')]: '832bc076d8ac9fd44cf2bf539c5046d7aa3ec20fb6c699693552dce3e5ad5588',
  },
};

export const readyMade: Readonly<Record<Name, readonly AssetEntry[]>> = {
  'parallelcluster-pyenv': pyenv,
  ...(Object.fromEntries(
    Object.entries(SOURCES).map(([name, sources]) => [name, sourcesOf(name, sources)]),
  ) as Record<keyof typeof SOURCES, AssetEntry[]>),
};

function sourcesOf(name: string, sources: Readonly<Record<string, string>>): AssetEntry[] {
  return Object.entries(sources).map(([url, sha256]) => {
    const project = new URL(url).pathname.split('/')[2] as string;
    return { ...base, name: `${name}-${project}`, url, image: false, ...(sha256 !== '' && { sha256 }) };
  });
}
