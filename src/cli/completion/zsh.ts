/** Writes the completion script for zsh, to source or to save as _bake in a folder of $fpath. */
import type { CommandGrammar, Grammar, OptionGrammar, Values } from './grammar.ts';

export function zshCompletion({ commands, bare }: Grammar): string {
  return `#compdef bake
# zsh completion of bake: source <(bake completion zsh)
_bake() {
  local command= word
  integer i=2
  while ((i < CURRENT)); do
    word=\${words[i]}
    case $word in
      ${valueFlags([bare, ...commands]).join('|')}) ((i++)) ;;
      -*) ;;
      *) command=$word; break ;;
    esac
    ((i++))
  done
  case $command in
    '') _arguments -s ${specs(bare)} '1: :_bake_commands' ;;
${commands.map((command) => `    ${command.name}) _arguments -s ${specs(command)} '1:command:' ${positional(command)} ;;`).join('\n')}
  esac
}
_bake_commands() {
  local -a list=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join('\n')}
  )
  _describe command list
}
_bake_or_file() { compadd -- "$@"; _files; }
if [[ \${funcstack[1]} == _bake ]]; then _bake "$@"; else compdef _bake bake; fi
`;
}

function valueFlags(all: readonly CommandGrammar[]): string[] {
  return [...new Set(all.flatMap(({ options }) => options.flatMap((o) => (o.values ? [o.flag] : []))))];
}

function specs({ options }: CommandGrammar): string {
  return options.map(spec).join(' ');
}

function spec({ flag, summary, values }: OptionGrammar): string {
  const meaning = summary.replace(/[[\]\\:]/g, (sign) => `\\${sign}`);
  if (values === undefined) return quoted(`*${flag}[${meaning}]`);
  return quoted(`*${flag}=[${meaning}]: :${action(values)}`);
}

function positional({ argument }: CommandGrammar): string {
  // Files may be repeated, a word may not.
  return quoted(`${argument === 'file' ? '*' : '2'}: :${action(argument)}`);
}

function action(values: Values): string {
  if (values === 'nothing') return ' ';
  if (values === 'file') return '_files';
  // The space in front keeps zsh from adding options of its own to the call.
  if (typeof values === 'object' && 'orFile' in values) return ` _bake_or_file ${values.orFile.join(' ')}`;
  return values === 'folder' ? '_files -/' : `(${values.join(' ')})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
