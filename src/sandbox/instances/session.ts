/** Serves one SSH session: its environment, its terminal, and its one command. */
import { finished } from 'node:stream/promises';
import type { ServerChannel, Session } from 'ssh2';
import type { Instance, InstanceCommand, RunningCommand } from '../../engines/rehearsal/instance.ts';

/** The paths at which distributions install OpenSSH's SFTP server. */
const SFTP_SERVERS = [
  '/usr/lib/openssh/sftp-server',
  '/usr/libexec/openssh/sftp-server',
  '/usr/libexec/sftp-server',
  '/usr/lib/ssh/sftp-server',
];
const SFTP =
  `for each in ${SFTP_SERVERS.join(' ')}; do [ ! -x "$each" ] || exec "$each"; done; ` +
  "echo 'the machine under this sandbox has no sftp-server: use scp (Packer: ssh_file_transfer_method)' >&2; exit 127";

export function serveSession(session: Session, instance: Instance): void {
  const environment: Record<string, string> = {};
  let terminal: InstanceCommand['terminal'];
  let running: RunningCommand | undefined;

  function run(channel: ServerChannel, line: string | undefined): void {
    running = instance.run({ as: 'user', line, environment, terminal });
    connect(channel, running).catch(() => channel.destroy());
  }

  session.on('env', (accept, _reject, { key, val }) => {
    environment[key] = val;
    acknowledge(accept);
  });
  session.on('pty', (accept, _reject, { cols, rows, term }) => {
    terminal = { type: term === '' ? 'dumb' : term, columns: cols, rows };
    acknowledge(accept);
  });
  session.on('window-change', (accept) => acknowledge(accept));
  session.on('signal', (accept) => {
    running?.kill();
    acknowledge(accept);
  });
  session.on('exec', (accept, _reject, { command }) => run(accept(), command));
  session.on('shell', (accept) => run(accept(), undefined));
  session.on('subsystem', (accept, reject, { name }) => {
    if (name === 'sftp') run(accept(), SFTP);
    else reject();
  });
}

/** A client may request no answer; `accept` is then missing. */
function acknowledge(accept: (() => void) | undefined): void {
  accept?.();
}

async function connect(channel: ServerChannel, command: RunningCommand): Promise<void> {
  channel.on('error', () => channel.destroy());
  channel.on('close', () => command.kill());
  channel.pipe(command.stdin);
  command.stdout.pipe(channel, { end: false });
  command.stderr.pipe(channel.stderr, { end: false });
  const [code] = await Promise.all([
    command.exit,
    // A stream that was cut off has also ended.
    finished(command.stdout).catch(() => undefined),
    finished(command.stderr).catch(() => undefined),
  ]);
  channel.exit(code);
  channel.end();
}
