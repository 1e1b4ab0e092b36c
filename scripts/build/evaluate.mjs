/** Runs a module of src/ during the build, for the plug-ins that replace it with its values. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileFunction } from 'node:vm';
import { build } from 'esbuild';

/**
 * Bundles the module and runs it. Packages are not part of the bundle.
 * @param plugins esbuild plug-ins, to leave out what the module would load
 * @returns its exports
 */
export async function evaluate(root, path, plugins = []) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [path],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'silent',
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(path).href) },
    plugins,
  });
  const module = { exports: {} };
  const require = createRequire(join(root, 'package.json'));
  compileFunction(outputFiles[0].text, ['module', 'exports', 'require'])(module, module.exports, require);
  return module.exports;
}
