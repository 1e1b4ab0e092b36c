/** Runs the indexes and proxy parts on files in a folder, with only Node, bash and awk. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { indexesPart } from '../../../src/image/indexes/indexes.ts';
import { proxyPart } from '../../../src/image/indexes/proxy.ts';
import type { ImageInputs, IndexInputs, ProxyInputs } from '../../../src/image/inputs.ts';
import { renderRow, renderStep } from '../../../src/image/script.ts';
import { packagedTemplates } from '../../../src/text/templates.ts';
import { fullInputs } from './inputs.ts';
import { newRoot, runIn, type Ran } from './sandboxed.ts';

const templates = packagedTemplates();

export const everyIndex: IndexInputs = {
  pip: 'https://mirror.corp.example/pypi/simple',
  uv: 'https://mirror.corp.example/pypi/simple',
  conda: { url: 'https://mirror.corp.example/conda', channels: ['conda-forge', 'bioconda'] },
  npm: 'https://mirror.corp.example/npm',
  cran: 'https://mirror.corp.example/cran',
  spack: 'https://mirror.corp.example/spack',
  git: { 'github.com': 'https://git.corp.example/github' },
  containers: { 'docker.io': 'hub.corp.example', 'quay.io': 'registry.corp.example:5000/quay' },
};

export function inputsWith(
  indexes: IndexInputs | undefined,
  proxy?: Partial<ProxyInputs>,
  os = 'ubuntu2204',
): ImageInputs {
  return {
    ...fullInputs(os),
    regions: ['eu-west-1'],
    indexes,
    proxy: proxy && { url: 'http://proxy.corp.example:3128', tools: [], repos: [], noProxy: [], ...proxy },
  };
}

export interface Indexed {
  root: string;
  /** A file's text, with the paths of the image; undefined if the file does not exist. */
  read(file: string): string | undefined;
  /** Runs all steps. @throws Error with the output of a failed step */
  steps(): string;
  step(id: string): Ran;
  row(id: string): Ran;
  /** Programs that a step starts, in order. */
  programs(id: string): string[];
}

/** A command in bash's trace that is neither a builtin nor one of bake's functions. */
const STARTED =
  /^\++ (awk|base64|cat|chmod|cp|dirname|grep|mkdir|mktemp|mv|readlink|rm|sed|sha256sum|stat|sync|tr)\b/gm;

export function indexed(inputs: ImageInputs, files: Record<string, string> = {}): Indexed {
  const root = newRoot({ '/etc/passwd': 'root:x:0:0::/root:/bin/bash\n', ...files });
  const parts = [indexesPart(inputs), proxyPart(inputs)];
  const steps = parts.flatMap((part) => part.steps.map((draft) => renderStep(draft, templates)));
  const rows = parts.flatMap((part) => part.rows.map((draft) => renderRow(draft, templates)));
  const run = (
    list: readonly { id: string; script: string }[],
    id: string,
    change = (script: string) => script,
  ): Ran => {
    const found = list.find((one) => one.id === id);
    if (!found) throw new Error(`${id} is not among ${list.map((one) => one.id).join(', ')}`);
    return runIn(root, change(found.script));
  };
  return {
    root,
    read: (file) => {
      const at = path.join(root, file);
      return existsSync(at) ? readFileSync(at, 'utf8').replaceAll(root, '') : undefined;
    },
    steps: () =>
      steps
        .map(({ id }) => {
          const ran = run(steps, id);
          if (ran.status !== 0) throw new Error(ran.output);
          return ran.output.replaceAll(root, '');
        })
        .join(''),
    step: (id) => {
      run(steps, 'settings-reader');
      return run(steps, id);
    },
    row: (id) => run(rows, id),
    programs: (id) => {
      run(steps, 'settings-reader');
      const { output } = run(steps, id, (script) => `set -x\n${script}`);
      return [...output.matchAll(STARTED)].map((match) => match[1] ?? '');
    },
  };
}
