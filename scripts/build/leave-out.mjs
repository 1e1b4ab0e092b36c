/** The esbuild plug-in that leaves out code that bake never reaches: about 700 kB. */
import { readFile } from 'node:fs/promises';

/**
 * bowser: the SDK's user agent in browsers. source-map: handlebars' templates with source maps (handlebars has a stand-in
 * for a missing package).
 */
const PACKAGES = /^(?:bowser|source-map)$/;
/** Native parts of ssh2 and its packages, which a bundle cannot hold. ssh2 has JavaScript to use instead. */
const NATIVE = /^cpu-features$|\.node$/;
const FOLDER_NAME = /ssh2[\\/]lib[\\/](?:agent|protocol[\\/]crypto[\\/]poly1305)\.js$/;
/** tinyglobby's walker looks for a picomatch in node_modules of every folder above (4 ms a start) and uses none. */
const FDIR = /[\\/]fdir[\\/]dist[\\/]index\.mjs$/;
/** zod compiles a parser for each object, which pays for itself after thousands of values. A config has one of each. */
const ZOD_CORE = /[\\/]zod[\\/]v4[\\/]core[\\/]core\.js$/;
/** esbuild shakes a namespace import, but not the object `z` that zod exports: 400 kB with its locales. */
const ZOD = /^import \{ z \} from 'zod';$/m;

export const leaveOut = {
  name: 'leave-out',
  setup(build) {
    build.onResolve({ filter: PACKAGES }, ({ path }) => ({ path, namespace: 'left-out' }));
    build.onResolve({ filter: NATIVE }, ({ path }) => ({ path, namespace: 'native' }));
    build.onLoad({ filter: /.*/, namespace: 'native' }, () => ({
      contents: "throw new Error('left out');",
      loader: 'js',
    }));
    // Nothing reads the folder: the text contains the WebAssembly, and only Windows has this agent.
    build.onLoad({ filter: FOLDER_NAME }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll('__dirname', "''"),
      loader: 'js',
    }));
    build.onLoad({ filter: FDIR }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace('__require.resolve("picomatch");', 'throw 0;'),
      loader: 'js',
    }));
    build.onLoad({ filter: ZOD_CORE }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(
        '__zod_globalConfig = {}',
        '__zod_globalConfig = { jitless: true }',
      ),
      loader: 'js',
    }));
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({
      contents: 'export default {};',
      loader: 'js',
    }));
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      return { contents: source.replace(ZOD, "import * as z from 'zod';"), loader: 'ts' };
    });
  },
};
