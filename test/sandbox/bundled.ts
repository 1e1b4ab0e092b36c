/** Bundles a TypeScript test program into a runnable file, for tests that kill whole processes. */
import path from 'node:path';
import { build } from 'esbuild';
import { temporaryFolder } from './account.ts';

const source = import.meta.dirname;

/** Bundles test/sandbox/<name> (a path relative to that folder) and returns the path of the file to run with node. */
export async function bundled(name: string): Promise<string> {
  const outdir = await temporaryFolder();
  await build({
    entryPoints: [path.join(source, name)],
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'error',
    // These tests start no instances, and esbuild cannot bundle the native parts.
    external: ['ssh2'],
    // Bundled CommonJS modules load node's modules with require.
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
  });
  return path.join(outdir, path.basename(name).replace('.ts', '.mjs'));
}
