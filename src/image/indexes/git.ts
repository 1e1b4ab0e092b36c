/** Owns git: each host by three forms of its URL, for the one with https covers neither of the others (trap 13). */
import { INDEXES_STEP, setting, type ToolPlan } from './setting.ts';

/** @param hosts host → URL that stands for it, checked */
export function gitPlan(hosts: Readonly<Record<string, string>>): ToolPlan {
  const each = Object.entries(hosts).map(([host, url]) => ({ host, url: `${url}/`, forms: formsOf(host) }));
  return {
    name: 'git',
    settings: [
      setting('git', {
        // The longest match wins: one for a part of the host would be stronger than ours.
        keys: each.flatMap(({ forms }) => forms),
        own: ['/etc/gitconfig'],
        beside: ['@/.gitconfig', '@/.config/git/config', '/usr/local/etc/gitconfig', '/opt/*/etc/gitconfig'],
        lines: each.flatMap(({ url, forms }) => [
          `[url "${url}"]`,
          ...forms.map((form) => `\tinsteadOf = "${form}"`),
        ]),
      }),
    ],
    variables: ['GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM', 'GIT_CONFIG_GLOBAL'],
    row: {
      id: 'index-git',
      title: `git asks the mirror for ${each.map(({ host }) => host).join(', ')}, by https and by ssh`,
      because: 'a rule for https:// leaves git@host: and ssh:// going outside',
      command: `git ls-remote --get-url ${each[0]?.forms[0]}x/y`,
      expected: each.map(({ url }) => url).join(', '),
      needs: { after: [INDEXES_STEP] },
      template: 'index-git',
      context: { asks: each.flatMap(({ url, forms }) => forms.map((form) => ({ form, url }))) },
    },
  };
}

function formsOf(host: string): string[] {
  return [`https://${host}/`, `git@${host}:`, `ssh://git@${host}/`];
}
