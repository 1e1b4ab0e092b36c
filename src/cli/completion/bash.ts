/** Writes the completion script for bash 3.2 or later. It does not need the bash-completion package. */
import type { CommandGrammar, Grammar, Values } from './grammar.ts';

export function bashCompletion({ commands, bare }: Grammar): string {
  const all = [bare, ...commands];
  const takesValue = new Set(
    all.flatMap(({ options }) => options.flatMap((o) => (o.values ? [o.flag] : []))),
  );
  return `# bash completion of bake: source <(bake completion bash)
_bake() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command= i=1
  COMPREPLY=()
  # --os=al arrives as three words
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  while ((i < COMP_CWORD)); do
    case \${COMP_WORDS[i]} in
      ${[...takesValue].join('|')})
        ((i++))
        if [[ \${COMP_WORDS[i]} == = ]]; then ((i++)); fi
        ;;
      -*) ;;
      *)
        command=\${COMP_WORDS[i]}
        break
        ;;
    esac
    ((i++))
  done
  case "$command $prev" in
${valueCases(all)}
  esac
  case $command in
${all.map(commandCase).join('\n')}
  esac
}
complete -F _bake bake
`;
}

/** One branch for each option with a value; the options that all commands share are written once. */
function valueCases(all: readonly CommandGrammar[]): string {
  const branches = new Map<string, string[]>();
  for (const { name, options } of all) {
    for (const { flag, values } of options) {
      if (values === undefined) continue;
      const reply = `${replies(values)}; return`;
      branches.set(reply, [...(branches.get(reply) ?? []), `'${name} ${flag}'`]);
    }
  }
  return [...branches].map(([reply, patterns]) => `    ${patterns.join(' | ')}) ${reply} ;;`).join('\n');
}

function commandCase({ name, options, argument }: CommandGrammar): string {
  const flags = words(options.map(({ flag }) => flag));
  const other = argument === 'nothing' ? ':' : replies(argument);
  return `    ${name === '' ? "''" : name}) if [[ $cur == -* ]]; then ${flags}; else ${other}; fi ;;`;
}

function replies(values: Values): string {
  if (values === 'nothing') return ':';
  if (typeof values === 'object' && 'orFile' in values) return paths('-f', values.orFile);
  return typeof values === 'string' ? paths(values === 'file' ? '-f' : '-d') : words(values);
}

/** Keeps names with spaces whole, without compopt, which bash 3.2 lacks. */
function paths(kind: '-f' | '-d', beside: readonly string[] = []): string {
  const also = beside.length === 0 ? '' : `compgen -W $'${beside.join('\\n')}' -- "$cur"; `;
  return `local IFS=$'\\n'; COMPREPLY=($(${also}compgen ${kind} -- "$cur")); compopt -o filenames 2>/dev/null`;
}

/** Our words consist of [A-Za-z0-9._-], which have no special meaning in a shell. */
function words(list: readonly string[]): string {
  return `COMPREPLY=($(compgen -W '${list.join(' ')}' -- "$cur"))`;
}
