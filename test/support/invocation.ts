/** Calls a command in this process: a process of its own for each call would take most of a test's time. */
import { optionTable, type Options } from '../../src/cli/options.ts';
import type { Host } from '../../src/jobs/host.ts';
import type { Invocation } from '../../src/jobs/invocation.ts';

/** The options of a command line that gives none but these. */
export function optionsOf(folder: string, given: Partial<Options>): Options {
  const none = { flag: false, list: [], value: undefined, port: undefined };
  const options = Object.entries(optionTable).map(([name, { kind }]) => [name, none[kind]]);
  return {
    ...(Object.fromEntries(options) as Options),
    config: `${folder}/bakery.yaml`,
    json: true,
    ...given,
  };
}

/** What a command gets, and `result()`: the JSON document that it printed last. */
export function invocationOf(
  folder: string,
  given: Partial<Options>,
  more: Partial<Omit<Invocation, 'options' | 'host'>> = {},
): { invocation: Invocation; result: () => unknown } {
  let result: unknown;
  const nothing = (): void => {};
  const host: Host = {
    emit: nothing,
    result: (json) => (result = json),
    document: (json) => (result = json),
    confirm: () => Promise.resolve(true),
    summary: nothing,
    error: nothing,
    explain: (errors) => [...errors],
    secret: nothing,
    isTty: false,
    close: nothing,
  };
  const invocation = {
    options: optionsOf(folder, given),
    args: [],
    host,
    env: {},
    cwd: folder,
    signal: new AbortController().signal,
    version: '0',
    commandLine: 'bake',
    ...more,
  };
  return { invocation, result: () => result };
}
