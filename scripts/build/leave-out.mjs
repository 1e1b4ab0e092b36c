/** Owns the esbuild plug-in that leaves out code no run of ours reaches: about 450 kB. */
import { readFile } from 'node:fs/promises';

/**
 * bowser: the SDK's user agent in browsers. source-map: handlebars' precompiled templates with source maps (it has
 * its own stand-in where the package is missing).
 */
const PACKAGES = /^(?:bowser|source-map)$/;
/** esbuild shakes a namespace import, but not the namespace object `z` that zod exports: 400 kB with its locales. */
const ZOD = /^import \{ z \} from 'zod';$/m;

export const leaveOut = {
  name: 'leave-out',
  setup(build) {
    build.onResolve({ filter: PACKAGES }, ({ path }) => ({ path, namespace: 'left-out' }));
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({
      contents: 'export default {};',
      loader: 'js',
    }));
    build.onLoad({ filter: /[\\/]src[\\/](?:config|sandbox)[\\/].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      return { contents: source.replace(ZOD, "import * as z from 'zod';"), loader: 'ts' };
    });
  },
};
