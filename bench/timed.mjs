/** Runs a program for a benchmark and measures its wall time and its peak memory. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** @returns wall time, and peak resident memory (VmHWM of proc(5)) in MB */
export async function timed(program, args, cwd, env = process.env) {
  const started = performance.now();
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
  let peak = 0;
  const look = setInterval(() => {
    try {
      const [, kilobytes = '0'] =
        /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
      peak = Math.max(peak, Math.round(Number(kilobytes) / 1024));
    } catch {
      // The program has ended.
    }
  }, 20);
  const code = await new Promise((done, fail) => child.on('error', fail).on('exit', done));
  clearInterval(look);
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return { seconds: (performance.now() - started) / 1000, peak };
}

export function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
