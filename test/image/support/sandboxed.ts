/** Runs a rendered script with only Node and bash: every absolute path in it is moved below a folder. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { stagedPath, type Step } from '../../../src/image/step.ts';
import { readReport, type Report } from '../../../src/image/report.ts';
import { libraryFiles } from './library.ts';

export interface Ran {
  status: number;
  output: string;
  report: Report | undefined;
}

/** Folders that the scripts use, except those of PATH: programs are those of this machine. */
const MOVED =
  /(?<![A-Za-z0-9_.$}/~-])\/(etc|opt|var|tmp|root|home|run|usr\/local\/share|usr\/local(?!\/s?bin)|usr\/java|usr\/etc|usr\/pip\.conf|usr\/lib(?:64|\*)?\/R|usr\/lib(?:64)?\/node_modules|usr\/lib\/jvm|usr\/lib(?:64)?\/python|usr\/share|core|swapfile|swap.img|usr\/local\/sbin\/ami_cleanup)(?=[/.\s"'*]|$)/gm;

const roots: string[] = [];
afterAll(() => roots.forEach((root) => rmSync(root, { recursive: true, force: true })));

export function newRoot(files: Record<string, string> = {}): string {
  const root = mkdtempSync(path.join(tmpdir(), 'bake-root-'));
  roots.push(root);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), /^\/?etc\/passwd$/.test(file) ? withHomesBelow(root, text) : text);
  }
  return root;
}

/**
 * Moves the homes of a passwd file too: scripts read them, and would change files in the home of this machine's root.
 */
function withHomesBelow(root: string, passwd: string): string {
  return passwd.replace(/^((?:[^:\n]*:){5})(\/[^:\n]+)/gm, `$1${root}$2`);
}

/**
 * Runs a script on `root`, after writing the shared library there. Refuses a script that still has a path of this
 * machine: such a script needs a namespace.
 */
export function runIn(root: string, script: string): Ran {
  // Not below the root, because tests compare its files before and after.
  const lib = `${root}.lib`;
  if (!existsSync(lib)) writeLibrary(root, lib);
  const moved = move(
    root,
    script.replace(/\/opt\/bakery\/lib\/(?=(step|row|trust)\.sh)/g, '@lib@/'),
  ).replaceAll('@lib@', lib);
  const left = moved
    .split('\n')
    .find((line) =>
      /^(?!export LC_ALL).*(^|[\s"'=])\/(etc|opt|var|root|home|usr\/local\/share)\//.test(line),
    );
  if (left !== undefined) throw new Error(`would touch the machine: ${left}`);
  const { status, stdout, stderr } = spawnSync('bash', ['-c', moved], { encoding: 'utf8', cwd: root });
  const output = stdout + stderr;
  return {
    status: status ?? -1,
    output,
    report: stdout
      .split('\n')
      .map(readReport)
      .findLast((found) => found !== undefined),
  };
}

/** Runs a step like an engine, with its files at stagedPath(). */
export function runStep(root: string, { script, files = [] }: Pick<Step, 'script' | 'files'>): Ran {
  for (const file of files) {
    const to = path.join(root, stagedPath(file));
    mkdirSync(path.dirname(to), { recursive: true });
    copyFileSync(file.source, to);
  }
  return runIn(root, script);
}

/** The files that the step `library` writes, for this root. */
function writeLibrary(root: string, lib: string): void {
  mkdirSync(lib);
  roots.push(lib);
  for (const [name, text] of libraryFiles()) writeFileSync(path.join(lib, name), move(root, text));
}

function move(root: string, script: string): string {
  return (
    script
      .replace(MOVED, `${root}/$1`)
      .replace(/^( *)cd \/$/gm, `$1cd ${root}`)
      // The scripts record originals by their path below `/`, so the folder is removed from those paths.
      .replaceAll('originals$1', `originals\${1#${root}}`)
      .replaceAll('file=${original#', `file=${root}\${original#`)
  );
}

export function syntaxError(script: string): string {
  try {
    execFileSync('bash', ['-n'], { input: script, stdio: ['pipe', 'ignore', 'pipe'] });
    return '';
  } catch (error) {
    return String((error as { stderr: Buffer }).stderr);
  }
}
