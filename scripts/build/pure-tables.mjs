/**
 * Owns the esbuild plug-in that makes the AWS SDK's schema tables droppable. Each client's
 * dist-es/schemas/schemas_0.js is thousands of top-level array literals; esbuild keeps an unused one because a
 * property read inside it might have an effect (aws/aws-sdk-js-v3#7607). Wrapped in a PURE call, unused ones go.
 */
import { readFile } from 'node:fs/promises';

const FILE = /@aws-sdk[\\/][^\\/]+[\\/](?:.*[\\/])?dist-es[\\/].*schemas_0\.js$/;
const TABLE = /^((?:export )?var [\w$]+) = (\[[\s\S]*?\]);$/gm;
const ARRAY = /^(?:export )?var [\w$]+ = \[/gm;

export const pureTables = {
  name: 'pure-tables',
  setup(build) {
    build.onLoad({ filter: FILE }, async ({ path }) => ({
      contents: wrapTables(await readFile(path, 'utf8'), path),
      loader: 'js',
    }));
  },
};

/** Throws where a file is not of the known shape: the caller then builds without the plug-in. */
function wrapTables(source, path) {
  let wrapped = 0;
  const contents = source.replace(TABLE, (_, head, table) => {
    wrapped += 1;
    return `${head} = /* @__PURE__ */ (() => ${table})();`;
  });
  const declared = source.match(ARRAY)?.length ?? 0;
  if (wrapped === 0 || wrapped !== declared) {
    throw new Error(`${path}: ${wrapped} of ${declared} tables are of the known shape`);
  }
  return contents;
}
