/** Runs `cfn-lint` on a template. It has its rules built in, so it needs no AWS calls and no credentials. */
import os from 'node:os';
import { execa } from 'execa';
import type { Env } from '../util/env.ts';

export interface LintFinding {
  line: number;
  /** `E1001 …` */
  text: string;
}

export type LintVerdict = { version: string; findings: LintFinding[] } | { missing: string };

const LIMIT_MS = 120_000;

/**
 * The errors and warnings of cfn-lint for a template.
 * @param file the absolute path of the template
 * @param region whose resource specification cfn-lint uses
 */
export async function lintTemplate(
  file: string,
  region: string,
  { env, signal }: { env: Env; signal: AbortSignal },
): Promise<LintVerdict> {
  const run = (args: readonly string[]) =>
    execa('cfn-lint', args, {
      // Not the folder of the user, because a .cfnlintrc there could disable rules.
      cwd: os.tmpdir(),
      env: Object.fromEntries(
        ['PATH', 'HOME', 'LANG', 'TMPDIR'].flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
      ),
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
      timeout: LIMIT_MS,
      cancelSignal: signal,
    });
  const said = await run(['--version']);
  signal.throwIfAborted();
  if (said.exitCode !== 0) return { missing: 'cfn-lint is not on PATH' };
  const done = await run(['--format', 'json', '--regions', region, '--', file]);
  signal.throwIfAborted();
  const findings = read(done.stdout);
  const version = /[\d.]+/.exec(said.stdout)?.[0] ?? '';
  if (findings === undefined) {
    return { missing: `cfn-lint ${version} failed: ${done.stderr.trim().split('\n').at(-1) ?? ''}` };
  }
  return { version, findings };
}

interface Raw {
  Level?: string;
  Message?: string;
  Rule?: { Id?: string };
  Location?: { Start?: { LineNumber?: number } };
}

function read(text: string): LintFinding[] | undefined {
  try {
    const found: unknown = JSON.parse(text.trim() === '' ? '[]' : text);
    if (!Array.isArray(found)) return undefined;
    return (found as Raw[])
      .filter(({ Level }) => Level !== 'Informational')
      .map(({ Message, Rule, Location }) => ({
        line: Location?.Start?.LineNumber ?? 1,
        text: `${Rule?.Id ?? ''} ${Message ?? ''}`.trim(),
      }));
  } catch {
    return undefined;
  }
}
