/**
 * Completes the commands in hints and next steps, which stand in backticks: as this user calls bake, and with the options
 * of this run that the command needs. So every printed command works in the state in which it is printed.
 */
import path from 'node:path';
import { defaultCommand, findCommand } from './commands.ts';
import { parse } from './parse.ts';
import { globalOptions, optionTable, type OptionName, type Options, type OptionSpec } from './options.ts';

/** The command line that is running. */
export interface Running {
  /** How the user calls bake: `bake`, `npx bake`, `node dist/bake.js`. */
  program: string;
  /** Undefined before argv is parsed. */
  parsed?: { command: { name: string }; options: Options; args: readonly string[] } | undefined;
}

/** Where bake works. Every command that reads a bakery needs them again. */
const PLACE: readonly OptionName[] = ['config', 'sandbox', 'state'];
/** Commands that read no bakery, or write the first one. */
const PLACELESS = new Set(['completion', 'explain', 'schema', 'iam', 'init']);
/** The targets, for commands that work on targets. */
const TARGETS: readonly OptionName[] = ['os', 'all', 'arch', 'parallelcluster', 'region'];
const YES: readonly OptionName[] = ['yes'];
const ON_TARGETS = new Set([
  'run', 'plan', 'render', 'rehearse', 'verify', 'publish', 'promote', 'rollback',
]); // prettier-ignore
/** Commands whose arguments are files. */
const ON_FILES = new Set(['rotate', 'template']);
/** Commands that do the same work, or work on the same files. */
const SIBLINGS: Readonly<Record<string, string>> = { plan: 'run', template: 'rotate' };
/** Commands that ask for a yes, which a run with --yes cannot give. */
const ASKING = new Set(['publish', 'promote', 'rollback', 'reap']);
/** About how a command reports and writes, not about what it does. */
const OF_THE_CALL = new Set<OptionName>([
  'json', 'quiet', 'verbose', 'noColor', 'yes', 'plan', 'out', 'check', 'diff', 'config', 'sandbox', 'state',
]); // prettier-ignore

/** Replaces each `` `bake …` ``. @param keep whether the backticks stay */
export function completeCommands(text: string, running: Running, keep: boolean): string {
  const quote = keep ? '`' : '';
  return text.replace(/`bake(?: ([^`\n]*))?`/g, (_, rest: string | undefined) => {
    return `${quote}${completeCommand(rest ?? '', running)}${quote}`;
  });
}

/** @param rest the words after `bake` */
function completeCommand(rest: string, { program, parsed }: Running): string {
  const said = [program, ...(rest === '' ? [] : [rest])];
  const words = rest.split(' ');
  const [first = ''] = words;
  const command = findCommand(first.startsWith('-') || first === '' ? defaultCommand : first);
  if (parsed === undefined || command === undefined || words.includes('--help')) return said.join(' ');
  const { name } = parsed.command;
  const missing = (option: OptionName): boolean => !words.includes(optionTable[option].flag);
  const takes = (option: OptionName): boolean =>
    command.options.includes(option) || globalOptions.includes(option);
  const hasTargets = words.includes('--os') || words.includes('--all');
  // A plan file brings its own targets, options and arguments.
  const hasPlan = words.includes('--plan');
  const carried = (hasPlan ? PLACE : optionsFor(command.name, name)).filter(
    (option) => missing(option) && takes(option) && !(hasTargets && (option === 'os' || option === 'all')),
  );
  const isSame = siblingOf(command.name) === siblingOf(name);
  const args =
    isSame && !hasPlan && ON_FILES.has(name) && !hasArguments(words) ? parsed.args.map(shellWord) : [];
  const forIam = command.name === 'iam' && words.length === 1 && isIamCommand(name) ? [name] : [];
  return [...said, ...forIam, ...args, ...carried.flatMap((option) => given(option, parsed.options))].join(
    ' ',
  );
}

function hasArguments(words: readonly string[]): boolean {
  try {
    return parse(words).args.length > 0;
  } catch {
    // A required argument is missing.
    return false;
  }
}

/** The options that `next` needs again after `running`. */
function optionsFor(next: string, running: string): OptionName[] {
  const place: OptionName[] = [...(PLACELESS.has(next) ? [] : PLACE), ...(ASKING.has(next) ? YES : [])];
  if (siblingOf(next) === siblingOf(running)) {
    const own = (Object.keys(optionTable) as OptionName[]).filter((name) => !OF_THE_CALL.has(name));
    return [...own, ...place];
  }
  return [...(ON_TARGETS.has(next) && ON_TARGETS.has(running) ? TARGETS : []), ...place];
}

function siblingOf(name: string): string {
  return SIBLINGS[name] ?? name;
}

function isIamCommand(name: string): boolean {
  const choices = findCommand('iam')?.arguments?.[0]?.choices ?? [];
  return name !== defaultCommand && choices.includes(name);
}

/** The option with its value as words of a shell; nothing if it was not given. */
function given(name: OptionName, options: Options): string[] {
  const { flag }: OptionSpec = optionTable[name];
  const value = options[name];
  if (value === undefined || value === false || (name === 'config' && value === 'bakery.yaml')) return [];
  if (value === true) return [flag];
  return [value].flat().map((one) => `${flag} ${shellWord(String(one))}`);
}

/** Quotes a word for a shell. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * How the user called bake. BAKE_COMMAND says it for wrappers. A link named bake was found through PATH, or by npx, which
 * sets npm_command. Everything else is a file that the user gave to node.
 */
export function programOf(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): string {
  if (env['BAKE_COMMAND']) return env['BAKE_COMMAND'];
  const file = argv[1] ?? '';
  if (path.basename(file) === 'bake') return env['npm_command'] === 'exec' ? 'npx bake' : 'bake';
  const relative = path.relative(cwd, file);
  return `node ${shellWord(relative.startsWith('..') ? file : relative)}`;
}
