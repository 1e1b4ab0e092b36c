/** The esbuild plug-in that replaces src/text/template-code.ts with the code of the package's templates. */
import { join } from 'node:path';
import { evaluate } from './evaluate.mjs';

/** The positions of calls of helpers: 40 kB that no helper uses. Errors record their place in another form. */
const PLACE = /,"loc":\{"start":\{"line":\d+,"column":\d+\},"end":\{"line":\d+,"column":\d+\}\}/g;

export function templates(root) {
  return {
    name: 'templates',
    setup(build) {
      build.onLoad({ filter: /[\\/]src[\\/]text[\\/]template-code\.ts$/ }, async ({ path }) => {
        const { templateNames, templateSource } = await evaluate(root, path);
        const folder = join(root, 'templates');
        const entries = templateNames(folder).map(
          (name) => `${JSON.stringify(name)}: () => (${templateSource(folder, name).replace(PLACE, '')}),\n`,
        );
        const contents = `const code = {\n${entries.join('')}};\nexport const packagedCode = () => code;\n`;
        return { contents, loader: 'js' };
      });
    },
  };
}
