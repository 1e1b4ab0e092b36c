/** `bake render`: writes the files and names the recipes that they come from. */
import type { ExitCode } from '../../errors/table.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { renderFiles } from '../../jobs/render.ts';
import { recipeSource } from '../../jobs/shipped-recipes.ts';

export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const { host, version } = invocation;
  const { files, recipes } = await renderFiles(invocation);
  const sources = recipes.map((name) => ({ name, from: recipeSource(name, version) }));
  for (const { name, from } of sources) {
    const text = name === from ? `recipe ${name}` : `recipe ${name}, shipped with ${from}`;
    host.emit({ type: 'note', text });
  }
  host.result({ files, recipes: sources }, () => files.map(({ file }) => file).join('\n'));
  return 0;
}
