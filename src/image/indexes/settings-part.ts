/** Turns settings into a step and a row: one process reads all files of all tools; another checks the environment. */
import { count } from '../../util/count.ts';
import type { ImagePart, StepDraft } from '../script.ts';
import type { Setting } from './setting.ts';

interface Wish {
  id: string;
  title: string;
  rowTitle: string;
  because: string;
  settings: readonly Setting[];
  /** The value of `@direct@` in their lines: it is long, and many lines contain it. */
  direct?: string | undefined;
}

const READER_STEP = 'settings-reader';

/** Installs the program that reads the files; the image contains it once, before the steps that use it. */
export const readerStep: StepDraft = {
  id: READER_STEP,
  title: 'indexes: the reader of pip.conf and similar files',
  needs: {},
  template: 'index-reader',
  context: {},
};

/** The row runs the step's own reader on every file and fails if the step would still change something. */
export function settingsPart({ id, title, rowTitle, because, settings, direct = '' }: Wish): ImagePart {
  if (settings.length === 0) return { steps: [], rows: [] };
  const context = {
    mark: id,
    direct,
    settings: settings.map(({ form, keys, beside, own, found, lines }) => ({
      form,
      keys: keys.join(' '),
      beside: beside.join(' '),
      own: own.join(' '),
      found: found.join(' '),
      lines: lines.join('\n'),
    })),
  };
  return {
    steps: [
      { id, title, needs: { programs: ['awk', 'sed'], after: [READER_STEP] }, template: 'index', context },
    ],
    rows: [
      {
        id: `${id}-files`,
        title: rowTitle,
        because,
        command: `cat ${settings.flatMap(({ own }) => own).join(' ')}`,
        expected: 'every file has the lines that the step wrote and sets none of their keys again',
        needs: { programs: ['awk'], after: [READER_STEP, id] },
        template: 'index-files',
        context,
      },
    ],
  };
}

/** Files that set variables for a shell, a session or a service. */
const FILES = [
  '/etc/environment', '/etc/environment.d/*.conf', '/etc/profile', '/etc/profile.d/*', '/etc/bashrc',
  '/etc/bash.bashrc', '/etc/csh.cshrc', '/etc/csh.login', '/etc/zshenv', '/etc/zshrc', '/etc/zsh/*',
  '/etc/systemd/system.conf', '/etc/systemd/system.conf.d/*.conf', '/etc/systemd/user.conf.d/*.conf',
  '/etc/systemd/system/*.service.d/*.conf', '/etc/sysconfig/*', '/etc/default/*',
  '@/.bashrc', '@/.bash_profile', '@/.profile', '@/.zshrc', '@/.zshenv', '@/.cshrc', '@/.config/environment.d/*.conf',
]; // prettier-ignore

/**
 * Renames variables that override every file. Removing a line could break a script; renaming a variable cannot.
 * @param variables names of letters, digits and _
 */
export function environmentPart(variables: readonly string[]): ImagePart {
  if (variables.length === 0) return { steps: [], rows: [] };
  const context = { names: variables.join('|'), files: FILES.join(' '), direct: '' };
  const needs = { programs: ['grep', 'sed'], after: [READER_STEP] };
  return {
    steps: [
      {
        id: 'indexes-environment',
        title: `indexes: switch off ${count(variables.length, 'variable')} that would override them`,
        needs,
        template: 'index-environment',
        context,
      },
    ],
    rows: [
      {
        id: 'indexes-environment',
        title: 'no shell or service sets a variable that overrides our indexes',
        because: 'PIP_EXTRA_INDEX_URL and similar variables override every configuration file',
        command: `grep -E '${variables[0]}' /etc/environment /etc/profile.d/*`,
        expected: 'none but BAKERY_OFF_…',
        needs: { ...needs, after: [READER_STEP, 'indexes-environment'] },
        template: 'index-environment',
        context,
      },
    ],
  };
}
