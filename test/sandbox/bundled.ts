/** Owns making a runnable file of a TypeScript test program: for tests that kill whole processes. */
import path from 'node:path';
import { build } from 'esbuild';
import { temporaryFolder } from './account.ts';

const source = import.meta.dirname;

/** Bundles test/sandbox/<name> and gives the path of the file to run with node. */
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
    // Instances are none of these tests' concern, and its parts of machine code are no text.
    external: ['ssh2'],
    // Bundled CommonJS asks for node's modules by require.
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
  });
  return path.join(outdir, name.replace('.ts', '.mjs'));
}
