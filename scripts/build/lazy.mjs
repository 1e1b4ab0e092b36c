/** The esbuild plug-in that evaluates a package at its first call, because most starts need none of them. */

/** Package → the one function that we use of it. */
const LAZY = { execa: 'execa' };
const PACKAGE = new RegExp(`^(?:${Object.keys(LAZY).join('|')})$`);

export const lazy = {
  name: 'lazy',
  setup(build) {
    build.onResolve({ filter: PACKAGE }, ({ path, kind, resolveDir }) =>
      kind === 'import-statement' ? { path, namespace: 'lazy', pluginData: { resolveDir } } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path, pluginData: { resolveDir } }) => ({
      contents: `export const ${LAZY[path]} = (...args) => require('${path}').${LAZY[path]}(...args);`,
      loader: 'js',
      resolveDir,
    }));
  },
};
