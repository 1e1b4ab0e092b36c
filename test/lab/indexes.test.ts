/**
 * Tests that pip, uv, npm and git of an image use only the mirror, and that a leftover index leaks without the step.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { indexesPart } from '../../src/image/indexes/indexes.ts';
import type { IndexInputs } from '../../src/image/inputs.ts';
import { renderRow, renderStep } from '../../src/image/script.ts';
import { packagedTemplates } from '../../src/text/templates.ts';
import { inputsWith } from '../image/support/indexed.ts';
import { INDEX_PATHS, PROJECT } from './support/lab-indexes.ts';
import { noLab, openLab, type Lab } from './support/lab.ts';
import { notPassed, outputOf, runIn, trusting, type Script } from './support/mirrors-lab.ts';

const why = await noLab();
const VENV = '/opt/parallelcluster/pyenv/versions/3.9.20/envs/node_virtualenv';
const templates = packagedTemplates();

/** A leftover index at an IP address, so that no DNS lookup is needed. */
const LEFTOVER: Script = {
  name: 'leftover',
  text: `printf '[global]\\nextra-index-url = https://198.51.100.7/simple\\n' > ${VENV}/pip.conf`,
};
/** Removes variables that a test runner or a build service may have set. */
const CLEAN =
  'cd /; for name in $(compgen -e); do case $name in PATH|HOME) ;; *) unset "$name" ;; esac; done; set -e';
const pip: Script = {
  name: 'pip',
  text: `${CLEAN}
${VENV}/bin/python -m pip install --disable-pip-version-check --no-cache-dir --timeout 1 --retries 0 ${PROJECT}
${VENV}/bin/python -c 'import ${PROJECT}; print(${PROJECT}.answer)'`,
};
const uses: Script[] = [
  pip,
  {
    name: 'uv',
    text: `${CLEAN}; uv pip install --no-cache --target /opt/by-uv ${PROJECT}; cat /opt/by-uv/${PROJECT}.py`,
  },
  {
    name: 'npm',
    text: `${CLEAN}; mkdir /opt/by-npm; cd /opt/by-npm; npm install --no-audit --no-fund ${PROJECT}; node -p 'require("${PROJECT}")'`,
  },
  ...['https://github.com/', 'git@github.com:', 'ssh://git@github.com/'].map((form, index) => ({
    name: `git ${form}`,
    text: `${CLEAN}; git clone ${form}group/${PROJECT}.git /opt/by-git-${index}; cat /opt/by-git-${index}/file`,
  })),
];

describe.skipIf(why !== undefined)('with the indexes of the lab', () => {
  let lab: Lab;
  let indexes: IndexInputs;
  beforeAll(async () => {
    lab = await openLab();
    indexes = {
      pip: lab.mirror + INDEX_PATHS.pip,
      uv: lab.mirror + INDEX_PATHS.pip,
      npm: lab.mirror + INDEX_PATHS.npm,
      git: { 'github.com': lab.mirror + INDEX_PATHS.git },
      conda: { url: `${lab.mirror}/conda`, channels: ['conda-forge'] },
      cran: `${lab.mirror}/cran`,
      spack: `${lab.mirror}/spack`,
      containers: { 'docker.io': 'registry.corp.example', 'quay.io': 'registry.corp.example/quay' },
    };
  }, 240_000);
  afterAll(() => lab?.close());
  beforeEach(() => lab.forget());

  const scripts = (os: string) => {
    const { steps, rows } = indexesPart(inputsWith(indexes, undefined, os));
    return {
      steps: steps.map((draft): Script => ({
        name: `step ${draft.id}`,
        text: renderStep(draft, templates).script,
      })),
      rows: rows.map((draft): Script => ({
        name: `row ${draft.id}`,
        text: renderRow(draft, templates).script,
      })),
    };
  };

  test.each(['rocky9', 'ubuntu2204'])(
    '%s: every tool downloads from the mirror, and no packet leaves the lab',
    async (os) => {
      const { steps, rows } = scripts(os);
      const results = await runIn(lab, os, [trusting(lab), LEFTOVER, ...steps, ...rows, ...uses]);
      expect(notPassed(results)).toEqual([]);
      for (const { name } of uses) expect(outputOf(results, name), name).toContain('from the mirror');
      expect(await lab.leaks()).toEqual([]);
    },
    240_000,
  );

  test('without the step pip contacts the leftover index, and its rows fail', async () => {
    const { rows } = scripts('rocky9');
    const own: Script = {
      name: 'own',
      text: `printf '[global]\\nindex-url = ${indexes.pip}\\n' > /etc/pip.conf`,
    };
    const results = await runIn(lab, 'rocky9', [trusting(lab), own, LEFTOVER, pip, ...rows]);
    expect(await lab.leaks()).not.toEqual([]);
    const red = results.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
    expect(red).toEqual(expect.arrayContaining(['row indexes-files', 'row index-pip']));
  }, 240_000);
});
