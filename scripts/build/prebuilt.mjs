/** Owns the esbuild plug-in that replaces src/cli/prebuilt.ts by its values: the entry then holds texts only. */
import { join } from 'node:path';
import { build } from 'esbuild';

export function prebuilt(root) {
  return {
    name: 'prebuilt',
    setup(outer) {
      outer.onLoad({ filter: /[\\/]src[\\/]cli[\\/]prebuilt\.ts$/ }, async ({ path }) => {
        const { helpTexts, version } = await evaluate(root, path);
        const contents = [
          `export const version = ${JSON.stringify(version)};`,
          `export const helpTexts = ${JSON.stringify(helpTexts)};`,
        ].join('\n');
        return { contents, loader: 'js' };
      });
    },
  };
}

/** Bundles the module alone (the commands it would load stay outside) and imports it. */
async function evaluate(root, path) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [path],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
    define: { 'import.meta.url': JSON.stringify(new URL('src/cli/prebuilt.ts', `file://${root}/`).href) },
    plugins: [{ name: 'commands-outside', setup: commandsOutside }],
  });
  const text = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${text}`);
}

function commandsOutside(inner) {
  inner.onResolve({ filter: /[\\/]commands[\\/][a-z]+\.ts$/ }, ({ path, resolveDir }) => ({
    path: join(resolveDir, path),
    external: true,
  }));
}
