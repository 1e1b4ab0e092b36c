/** Owns how settings become a step and a row: all files of all tools in one process, and the environment's names. */
import { count } from '../../util/count.ts';
import type { Part, StepDraft } from '../script.ts';
import type { Setting } from './setting.ts';

interface Wish {
  id: string;
  title: string;
  rowTitle: string;
  because: string;
  settings: readonly Setting[];
  /** What `@direct@` in their lines stands for: long, and in many of them. */
  direct?: string | undefined;
}

const READER_STEP = 'settings-reader';

/** What reads the files: once in the image, in front of the steps that use it. */
export const readerStep: StepDraft = {
  id: READER_STEP,
  title: 'indexes: what reads pip.conf and its like',
  needs: {},
  template: 'index-reader',
  context: {},
};

/** The row is the step's own reading of every file: whatever the step would still change is red. */
export function settingsPart({ id, title, rowTitle, because, settings, direct = '' }: Wish): Part {
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
        expected: 'every file seen says what the step wrote, and nothing of the kind beside it',
        needs: { programs: ['awk'], after: [READER_STEP, id] },
        template: 'index-files',
        context,
      },
    ],
  };
}

/** Files in which a variable reaches a shell, a session or a service. */
const FILES = [
  '/etc/environment', '/etc/environment.d/*.conf', '/etc/profile', '/etc/profile.d/*', '/etc/bashrc',
  '/etc/bash.bashrc', '/etc/csh.cshrc', '/etc/csh.login', '/etc/zshenv', '/etc/zshrc', '/etc/zsh/*',
  '/etc/systemd/system.conf', '/etc/systemd/system.conf.d/*.conf', '/etc/systemd/user.conf.d/*.conf',
  '/etc/systemd/system/*.service.d/*.conf', '/etc/sysconfig/*', '/etc/default/*',
  '@/.bashrc', '@/.bash_profile', '@/.profile', '@/.zshrc', '@/.zshenv', '@/.cshrc', '@/.config/environment.d/*.conf',
]; // prettier-ignore

/**
 * Variables that outrank every file, under another name: a line taken out of a script could break it, a name cannot.
 * @param variables names of letters, digits and _
 */
export function environmentPart(variables: readonly string[]): Part {
  if (variables.length === 0) return { steps: [], rows: [] };
  const context = { names: variables.join('|'), files: FILES.join(' '), direct: '' };
  const needs = { programs: ['grep', 'sed'], after: [READER_STEP] };
  return {
    steps: [
      {
        id: 'indexes-environment',
        title: `indexes: ${count(variables.length, 'variable')} that would overrule them: off`,
        needs,
        template: 'index-environment',
        context,
      },
    ],
    rows: [
      {
        id: 'indexes-environment',
        title: 'no shell or service sets a variable that overrules our indexes',
        because: 'PIP_EXTRA_INDEX_URL and its like outrank every configuration file',
        command: `grep -E '${variables[0]}' /etc/environment /etc/profile.d/*`,
        expected: 'none but BAKERY_OFF_…',
        needs: { ...needs, after: [READER_STEP, 'indexes-environment'] },
        template: 'index-environment',
        context,
      },
    ],
  };
}
