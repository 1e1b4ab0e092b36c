/**
 * Configures where tools other than the package manager download from: pip, uv, conda, npm, R, Spack, git, containers.
 */
import type { ImageInputs, IndexInputs } from '../inputs.ts';
import type { Path } from '../../config/path.ts';
import { checkedText, checkedUrl } from '../refuse.ts';
import type { ImagePart } from '../script.ts';
import { condaPlan } from './conda.ts';
import { containersPlan, dockerPart } from './containers.ts';
import { cranPlan } from './cran.ts';
import { gitPlan } from './git.ts';
import { npmPlan } from './npm.ts';
import { pipPlan } from './pip.ts';
import { INDEXES_STEP, type ToolPlan } from './setting.ts';
import { spackPlan } from './spack.ts';
import { environmentPart, readerStep, settingsPart } from './settings-part.ts';
import { uvPlan } from './uv.ts';

/** Only characters that have no other meaning in a configuration file, an INI comment or a shell. */
const URL_TEXT = /^https?:\/\/[A-Za-z0-9._~:/@+,=%-]+$/;
const CHANNEL = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/;
const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const LOCATION = /^[A-Za-z0-9.-]+(:[0-9]{1,5})?(\/[A-Za-z0-9._-]+)*$/;

/**
 * Four steps: the reader, the files of all tools, the environment, and docker's JSON. None if bakery.yaml names no
 * index.
 * @throws BakeError CONFIG_VALUE, MIRROR_CREDENTIALS
 */
export function indexesPart(inputs: ImageInputs): ImagePart {
  const tools = toolPlans(inputs);
  if (tools.length === 0) return { steps: [], rows: [] };
  const docker = dockerPart(inputs.indexes?.containers ?? {});
  const files = settingsPart({
    id: INDEXES_STEP,
    title: `indexes: ${tools.map(({ name }) => name).join(', ')}`,
    rowTitle: `no configuration file of ${tools.map(({ name }) => name).join(', ')} names another index`,
    because:
      'tools merge files of other levels with ours or prefer them, and one such file is enough to contact the internet',
    settings: tools.flatMap(({ settings }) => settings),
  });
  const environment = environmentPart(tools.flatMap(({ variables }) => variables));
  return {
    steps: [readerStep, ...files.steps, ...environment.steps, ...docker.steps],
    rows: [...files.rows, ...environment.rows, ...tools.map(({ row }) => row), ...docker.rows],
  };
}

/** Whether indexesPart has steps. If so, the image already contains the reader of settings. */
export function hasIndexes(inputs: ImageInputs): boolean {
  return toolPlans(inputs).length > 0;
}

function toolPlans({ indexes = {}, os }: ImageInputs): ToolPlan[] {
  const { pip, uv, conda, npm, cran, spack, git, containers } = checkedIndexes(indexes);
  const bundle = os.trust.bundle;
  return [
    pip === undefined ? undefined : pipPlan(pip),
    uv === undefined ? undefined : uvPlan(uv),
    conda && condaPlan(conda.url, conda.channels, bundle),
    npm === undefined ? undefined : npmPlan(npm, bundle),
    cran === undefined ? undefined : cranPlan(cran, os.family),
    spack === undefined ? undefined : spackPlan(spack),
    git && gitPlan(git),
    containers && containersPlan(containers),
  ].filter((plan) => plan !== undefined);
}

/**
 * Returns the inputs after checking that each value is safe in any file: a caller may not have validated bakery.yaml.
 */
function checkedIndexes(indexes: IndexInputs): IndexInputs {
  const url = (key: 'pip' | 'uv' | 'npm' | 'cran' | 'spack') =>
    indexes[key] === undefined ? undefined : plainUrl(indexes[key], ['mirrors', key]);
  return {
    pip: url('pip'),
    uv: url('uv'),
    npm: url('npm'),
    cran: url('cran'),
    spack: url('spack'),
    conda: indexes.conda && {
      url: plainUrl(indexes.conda.url, ['mirrors', 'conda', 'url']),
      channels: indexes.conda.channels.map((name) =>
        checkedText(name, ['mirrors', 'conda', 'channels'], CHANNEL, 'a channel name such as conda-forge'),
      ),
    },
    git: checkedMap(indexes.git, ['mirrors', 'git'], plainUrl),
    containers: checkedMap(indexes.containers, ['mirrors', 'containers'], (location, at) =>
      checkedText(location, at, LOCATION, 'host[:port][/path]'),
    ),
  };
}

function plainUrl(url: string, at: Path): string {
  return checkedUrl(url, at, URL_TEXT, 'an https:// URL of letters, digits and . _ ~ : / @ + , = % -');
}

/** Returns undefined for a map without entries too. */
function checkedMap(
  map: Readonly<Record<string, string>> | undefined,
  at: Path,
  check: (value: string, at: Path) => string,
): Record<string, string> | undefined {
  const entries = Object.entries(map ?? {});
  if (entries.length === 0) return undefined;
  return Object.fromEntries(
    entries.map(([host, value]) => [
      checkedText(host, [...at, host], HOST, 'a host name such as github.com'),
      check(value, [...at, host]),
    ]),
  );
}
