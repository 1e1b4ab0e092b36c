/**
 * Compiles the handlebars files of templates/ to functions. The build does this beforehand: scripts/build/templates.mjs
 * replaces this module, so that dist/ holds the functions and no compiler, which would take a fifth of a start.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runInThisContext } from 'node:vm';
import Handlebars from 'handlebars';
import { packagePath } from '../util/package-path.ts';

/** Path below templates/ without `.hbs` → what gives the form that Handlebars.template() takes. */
export type TemplateCode = Readonly<Record<string, () => TemplateSpecification>>;

const EXTENSION = '.hbs';

/** The code of the package's own templates. */
export function packagedCode(): TemplateCode {
  return compileFolder(packagePath('templates'));
}

/** Compiles each file of another templates folder (for tests) when it is used first. */
export function compileFolder(root: string): TemplateCode {
  return Object.fromEntries(
    templateNames(root).map((name) => [name, () => evaluate(templateSource(root, name))]),
  );
}

/** Folders without templates, such as templates/skeleton, add no names. */
export function templateNames(root: string): string[] {
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders
    .map(({ name }) => name)
    .sort()
    .flatMap((folder) =>
      readdirSync(path.join(root, folder))
        .filter((file) => file.endsWith(EXTENSION))
        .sort()
        .map((file) => `${folder}/${file.slice(0, -EXTENSION.length)}`),
    );
}

/** The template as the text of a JavaScript object. */
export function templateSource(root: string, name: string): string {
  const text = readFileSync(path.join(root, `${name}${EXTENSION}`), 'utf8');
  // The declared type of the result is an empty interface. Handlebars returns a string.
  const source: unknown = Handlebars.precompile(text, COMPILE);
  if (typeof source !== 'string') throw new TypeError(`handlebars gave no text for ${name}`);
  return source;
}

const COMPILE: CompileOptions = {
  strict: true,
  noEscape: true,
  preventIndent: true,
  knownHelpersOnly: true,
  knownHelpers: { sh: true, b64: true, json: true, hcl: true, sha256: true },
};

function evaluate(source: string): TemplateSpecification {
  return runInThisContext(`(${source})`) as TemplateSpecification;
}
