/** Owns running a rendered script with Node and bash alone: every absolute path in it is moved below a folder. */
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

/** Folders the scripts touch; PATH's own are left, for programs are the machine's. */
const MOVED =
  /(?<![A-Za-z0-9_.$}/~-])\/(etc|opt|var|tmp|root|home|run|usr\/local\/share|usr\/local(?!\/s?bin)|usr\/java|usr\/etc|usr\/pip\.conf|usr\/lib(?:64|\*)?\/R|usr\/lib(?:64)?\/node_modules|usr\/lib\/jvm|usr\/lib(?:64)?\/python|usr\/share|core|swapfile|swap.img|usr\/local\/sbin\/ami_cleanup)(?=[/.\s"'*]|$)/gm;

const roots: string[] = [];
afterAll(() => roots.forEach((root) => rmSync(root, { recursive: true, force: true })));

export function newRoot(files: Record<string, string> = {}): string {
  const root = mkdtempSync(path.join(tmpdir(), 'bake-root-'));
  roots.push(root);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return root;
}

/**
 * Runs a script against `root`, where what all scripts share is put first. Refused where a path would still be the machine's: such a script needs a namespace.
 */
export function runIn(root: string, script: string): Ran {
  // Not below the root: tests compare what is there with what was there.
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

/** Runs a step as an engine does: its files are where it looks for them. */
export function runStep(root: string, { script, files = [] }: Pick<Step, 'script' | 'files'>): Ran {
  for (const file of files) {
    const to = path.join(root, stagedPath(file));
    mkdirSync(path.dirname(to), { recursive: true });
    copyFileSync(file.source, to);
  }
  return runIn(root, script);
}

/** What the step `library` writes, for this root. */
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
      // Where the scripts mirror the tree below /opt/bakery/originals, the folder itself is not part of it.
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
