/** A person at a terminal: bake under a pseudo-terminal of script(1), with answers typed when the question stands there. */
import { spawn } from 'node:child_process';
import { bakeBin, plainEnvironment } from './bake.ts';

export interface Terminal {
  /** Everything on the screen so far. */
  screen: () => string;
  /** Waits until the screen shows the text. */
  until: (text: string | RegExp) => Promise<void>;
  type: (text: string) => void;
  /** The exit code. */
  ended: Promise<number | null>;
}

/** Starts `bake …args` at a terminal of its own. */
export function atTerminal(args: string[], options: { cwd: string; env?: Record<string, string> }): Terminal {
  const words = [process.execPath, bakeBin(), ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  // -e gives the exit code of the command, -f writes at once; nothing goes into a file.
  const child = spawn('script', ['-qefc', words.join(' '), '/dev/null'], {
    cwd: options.cwd,
    env: { ...plainEnvironment(), TERM: 'xterm', ...options.env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    for (const watcher of watchers) watcher();
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return {
    screen: () => shown,
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (typeof text === 'string' ? !shown.includes(text) : !text.test(shown)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        void ended.then((code) => reject(new Error(`ended with ${code} before ${String(text)}:\n${shown}`)));
        look();
      }),
    type: (text) => void child.stdin.write(text),
    ended,
  };
}
