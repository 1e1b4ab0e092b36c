/** Configures git: three rules per host, because a rule for https:// does not cover git@host: or ssh://git@host/. */
import { INDEXES_STEP, setting, type ToolPlan } from './setting.ts';

/** @param hosts host → URL of its mirror, checked */
export function gitPlan(hosts: Readonly<Record<string, string>>): ToolPlan {
  const each = Object.entries(hosts).map(([host, url]) => ({ host, url: `${url}/`, forms: formsOf(host) }));
  return {
    name: 'git',
    settings: [
      setting('git', {
        // git uses the longest match, so a rule for a part of the host would override ours.
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
      title: `git uses the mirror for ${each.map(({ host }) => host).join(', ')}, by https and by ssh`,
      because:
        'a rule for https:// does not cover git@host: and ssh://, which would still contact the internet',
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
