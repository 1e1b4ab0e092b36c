/**
 * The esbuild plug-in that lets esbuild drop unused schema tables of the AWS SDK. Each client's dist-es/schemas/schemas_0.js
 * holds thousands of top-level array literals. esbuild keeps an unused one because reading a property inside it might have an
 * effect (aws/aws-sdk-js-v3#7607). Here each literal is wrapped in a call that is marked PURE.
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

/** Throws when a file has an unknown shape: the caller then builds without the plug-in. */
function wrapTables(source, path) {
  let wrapped = 0;
  const contents = source.replace(TABLE, (_, head, table) => {
    wrapped += 1;
    return `${head} = /* @__PURE__ */ (() => ${table})();`;
  });
  const declared = source.match(ARRAY)?.length ?? 0;
  if (wrapped === 0 || wrapped !== declared) {
    throw new Error(`${path}: ${wrapped} of ${declared} tables have the known shape`);
  }
  return contents;
}
