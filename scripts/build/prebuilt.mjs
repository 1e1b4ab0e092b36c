/** The esbuild plug-in that replaces src/cli/prebuilt.ts with its values: the entry then holds texts only. */
import { join } from 'node:path';
import { evaluate } from './evaluate.mjs';

export function prebuilt(root) {
  return {
    name: 'prebuilt',
    setup(outer) {
      outer.onLoad({ filter: /[\\/]src[\\/]cli[\\/]prebuilt\.ts$/ }, async ({ path }) => {
        const { helpTexts, version } = await evaluate(root, path, [commandsOutside]);
        const contents = [
          `export const version = ${JSON.stringify(version)};`,
          `export const helpTexts = ${JSON.stringify(helpTexts)};`,
        ].join('\n');
        return { contents, loader: 'js' };
      });
    },
  };
}

/** Help comes from the list of commands. The commands that the list would load are not run. */
const commandsOutside = {
  name: 'commands-outside',
  setup(inner) {
    inner.onResolve({ filter: /[\\/]commands[\\/][a-z-]+\.ts$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path),
      external: true,
    }));
  },
};
