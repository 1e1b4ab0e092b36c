/** The folders of a working copy in which bake keeps its own files. */
import path from 'node:path';
import type { Invocation } from './invocation.ts';

/** The journals of runs. */
export function runsFolder({ cwd }: Pick<Invocation, 'cwd'>): string {
  return path.join(cwd, '.bakery', 'runs');
}

/** The account of the sandbox. */
export function stateFolder({ cwd, options }: Pick<Invocation, 'cwd' | 'options'>): string {
  return path.resolve(cwd, options.state ?? path.join('.bakery', 'sandbox'));
}
