/** Runs one call of bake from argv to exit code: parses, opens the host, runs the command, shows errors. */
import { BakeError, errorsOf, exitOf } from '../errors/bake-error.ts';
import { openHost, type HostOptions } from './host/open.ts';
import type { Host } from '../jobs/host.ts';
import { completeCommands, programOf, shellWord, type Running } from './next-command.ts';
import { parse, type Parsed } from './parse.ts';

/**
 * Seconds that a command has for a clean stop after a signal: longer than cancelling a build takes, and shorter than
 * people wait. (GitHub sends the second signal, which stops bake at once, after 7.5 s.)
 */
const GRACE_SECONDS = 10;

/** Runs the command of `proc.argv` and ends the process with its exit code. */
export async function main(proc: NodeJS.Process, version: string): Promise<void> {
  const argv = proc.argv.slice(2);
  // A reader that closes the pipe (| head) is not an error: the work continues without output.
  proc.stderr.on('error', () => {});
  let lost: NodeJS.ErrnoException | undefined;
  proc.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') lost = error;
  });
  const program = programOf(proc.argv, proc.env, proc.cwd());
  const running: Running = { program };
  const host = openHost(proc, {
    ...surfaceOptions(argv),
    command: [program, ...argv.map(shellWord)].join(' '),
    program,
    commands: (text, keep) => completeCommands(text, running, keep),
  });
  const stop = stopOnSignals(proc, host);
  let code: number;
  try {
    const parsed = parse(argv);
    running.parsed = parsed;
    code = await runCommand(proc, argv, parsed, host, stop.signal, version);
  } catch (thrown) {
    const errors = stop.signal.aborted ? interruptions(thrown) : errorsOf(thrown);
    host.error(errors);
    code = exitOf(errors);
  }
  await flushed(proc.stdout);
  // The error of a file arrives after the callback of its write.
  await new Promise((resolve) => setImmediate(resolve));
  // Other exit codes have an error, which is on stderr.
  if (lost && code <= 1) {
    const errors = [new BakeError('OUTPUT_LOST', { reason: lost.message })];
    host.error(errors);
    code = exitOf(errors);
  }
  host.close();
  await flushed(proc.stderr);
  // With exitCode alone, a keep-alive connection would hold the process for seconds.
  proc.exit(code);
}

async function runCommand(
  proc: NodeJS.Process,
  argv: string[],
  { command, options, args }: Parsed,
  host: Host,
  signal: AbortSignal,
  version: string,
): Promise<number> {
  const { execute } = await command.load();
  const commandLine = ['bake', ...argv].join(' ');
  const place = { env: proc.env, cwd: proc.cwd(), program: proc.argv[1] };
  return execute({ ...place, options, args, host, signal, version, commandLine });
}

/** The options of the host, read before argv is parsed, so that errors in argv are reported correctly, too. */
function surfaceOptions(argv: readonly string[]): HostOptions {
  return {
    json: argv.includes('--json'),
    quiet: argv.includes('--quiet'),
    verbose: argv.includes('--verbose'),
    noColor: argv.includes('--no-color'),
    yes: argv.includes('--yes'),
  };
}

/** The first signal stops cleanly, the second at once. An error outside any promise chain becomes INTERNAL. */
function stopOnSignals(proc: NodeJS.Process, host: Host): AbortController {
  const stop = new AbortController();
  const fail = (thrown: unknown): void => {
    const errors = errorsOf(thrown);
    host.error(errors);
    host.close();
    proc.exit(exitOf(errors));
  };
  const interrupted = (): void => fail(new BakeError('INTERRUPTED', { run: '' }));
  const onSignal = (): void => {
    if (stop.signal.aborted) return interrupted();
    host.emit({ type: 'note', text: 'stopping; press Ctrl-C again to stop at once' });
    stop.abort(new BakeError('INTERRUPTED', { run: '' }));
    setTimeout(interrupted, GRACE_SECONDS * 1000);
  };
  proc.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal);
  proc.on('uncaughtException', fail).on('unhandledRejection', fail);
  // Restores the cursor, however the process ends.
  proc.on('exit', () => host.close());
  return stop;
}

/** After a signal, returns INTERRUPTED instead of the errors that the signal caused. */
function interruptions(thrown: unknown): BakeError[] {
  const own = errorsOf(thrown).filter((error) => error.code === 'INTERRUPTED');
  return own.length > 0 ? own : [new BakeError('INTERRUPTED', { run: '' }, { cause: thrown })];
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve();
    else stream.write('', () => resolve());
  });
}
