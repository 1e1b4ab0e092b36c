/** `bake explain`: shows an error code, a shipped recipe or a shipped example in full, or lists all of them. */
import { BakeError } from '../../errors/bake-error.ts';
import { errorTable, type ErrorCode } from '../../errors/table.ts';
import { nearest } from '../../util/nearest.ts';
import type { Host } from '../../jobs/host.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import type { ShippedRecipe } from '../../jobs/shipped-recipes.ts';
import { readShippedFile, shippedFiles } from '../../jobs/shipped-files.ts';
import { explanation, type Explanation } from '../../jobs/explanation.ts';
import { table } from '../../text/tables.ts';

const EXIT_MEANING: Readonly<Record<number, string>> = {
  1: 'a check found differences',
  2: 'bad input',
  3: 'the environment refused',
  4: 'remote work failed',
  70: 'our bug',
  130: 'interrupted',
};

/** @throws BakeError UNKNOWN_CODE */
export async function execute({ args, host, version }: Invocation): Promise<0> {
  const [wanted] = args;
  if (wanted === undefined) await listAll(host, version);
  else if (isCode(wanted.toUpperCase())) explainCode(host, wanted.toUpperCase() as ErrorCode);
  else if (!(await showFile(host, wanted))) await showRecipe(host, version, wanted);
  return 0;
}

function isCode(word: string): word is ErrorCode {
  return Object.hasOwn(errorTable, word);
}

async function listAll(host: Host, version: string): Promise<void> {
  const codes = (Object.keys(errorTable) as ErrorCode[]).map(explanation);
  const recipes = await shippedRecipes(version);
  host.result({ codes, recipes, files: shippedFiles }, (width) =>
    [
      table(
        ['code', 'exit', 'meaning'],
        codes.map(({ code, exit, title }) => [code, String(exit), title]),
        width,
      ),
      table(
        ['recipe', 'from', 'meaning'],
        recipes.map(({ recipe, from, summary }) => [recipe, from, summary]),
        width,
      ),
      table(
        ['file', 'meaning'],
        shippedFiles.map(({ file, summary }) => [file, summary]),
        width,
      ),
    ].join('\n\n'),
  );
}

function explainCode(host: Host, code: ErrorCode): void {
  const one = explanation(code);
  host.result(one, () => explanationText(one));
}

/** Prints a shipped example as it is, so that it can go into a file. @returns false if there is none of this name */
async function showFile(host: Host, name: string): Promise<boolean> {
  const text = await readShippedFile(name);
  if (text === undefined) return false;
  host.document({ file: name, text }, () => text);
  return true;
}

/** @throws BakeError UNKNOWN_CODE */
async function showRecipe(host: Host, version: string, wanted: string): Promise<void> {
  const recipes = await shippedRecipes(version);
  const shipped = recipes.find(({ recipe }) => recipe === wanted);
  if (shipped === undefined) {
    const known = [
      ...Object.keys(errorTable),
      ...recipes.map(({ recipe }) => recipe),
      ...shippedFiles.map(({ file }) => file),
    ];
    const near = nearest(wanted, known);
    throw new BakeError('UNKNOWN_CODE', { code: wanted, near: near === undefined ? [] : [near] });
  }
  const { recipeText } = await import('../recipe-text.ts');
  host.result(shipped, () => recipeText(shipped));
}

/** Loaded only to show recipes, because that takes the YAML library. */
async function shippedRecipes(version: string): Promise<ShippedRecipe[]> {
  return (await import('../../jobs/shipped-recipes.ts')).shippedRecipes(version);
}

function explanationText({ code, exit, title, message, hint, about }: Explanation): string {
  return [
    `${code}: ${title}`,
    '',
    `  reads  ${message.replaceAll('\n', '\n         ')}`,
    `  next   ${hint}`,
    `  exit   ${exit} (${EXIT_MEANING[exit] ?? ''})`,
    ...(about === undefined ? [] : ['', about]),
  ].join('\n');
}
