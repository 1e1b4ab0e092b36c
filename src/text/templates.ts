/** Renders the Handlebars templates of the package, in strict mode, with helpers that quote values. */
import path from 'node:path';
import Handlebars from 'handlebars';
import { BakeError } from '../errors/bake-error.ts';
import { sha256 } from '../util/sha256.ts';
import { quoteHcl, quoteJson, quoteShell } from './quote.ts';
import { packagedCode, type TemplateCode } from './template-code.ts';

export interface Templates {
  /**
   * @param name path below templates/ without `.hbs`: `steps/mirrors.sh`
   * @throws BakeError TEMPLATE_VALUE if the template uses a value that the context does not have
   */
  render(name: string, context: object): string;
}

/** The length of base64 lines, which is short enough for logs and editors. */
const B64_WIDTH = 512;

/** Makes a template of each file. One whose name starts with `_` is a partial, which templates call by its path. */
export function templatesOf(code: TemplateCode): Templates {
  const handlebars = makeHandlebars();
  const compiled = new Map<string, Handlebars.TemplateDelegate>();
  for (const [name, specification] of Object.entries(code)) {
    let template: Handlebars.TemplateDelegate | undefined;
    // Most of the templates are not used in a run.
    const whenUsed: Handlebars.TemplateDelegate = (context, options) => {
      template ??= handlebars.template(specification());
      return template(context, options);
    };
    if (path.basename(name).startsWith('_')) handlebars.registerPartial(name, whenUsed);
    else compiled.set(name, whenUsed);
  }
  return { render: (name, context) => render(compiled, name, context) };
}

let packaged: Templates | undefined;

/** The templates of the package, which are constant and read only once. */
export function packagedTemplates(): Templates {
  packaged ??= templatesOf(packagedCode());
  return packaged;
}

/** The same as a promise, for asynchronous callers. */
export function loadTemplates(): Promise<Templates> {
  return Promise.resolve(packagedTemplates());
}

function render(compiled: Map<string, Handlebars.TemplateDelegate>, name: string, context: object): string {
  const template = compiled.get(name);
  if (!template)
    throw new BakeError('TEMPLATE_VALUE', { template: name, reason: 'there is no such template' });
  try {
    return template(context);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BakeError('TEMPLATE_VALUE', { template: name, reason }, { cause: error });
  }
}

/**
 * Handlebars with helpers that refuse missing values, because `strict` (tried with Handlebars 4.7.10) checks neither the
 * arguments of helpers nor those of #if and #each: `{{sh missing}}` would render `'undefined'`.
 */
function makeHandlebars(): typeof Handlebars {
  const handlebars = Handlebars.create();
  handlebars.registerHelper({
    sh: (value: unknown) => quoteShell(requireScalar('sh', value)),
    hcl: (value: unknown) => quoteHcl(requireScalar('hcl', value)),
    b64: (value: unknown) => base64(value instanceof Uint8Array ? value : requireScalar('b64', value)),
    json: (value: unknown) => quoteJson(requireScalar('json', value)),
    // A check compares a file that a step wrote from a partial by its digest: {{#sha256}}{{> steps/_x.sh}}{{/sha256}}
    sha256(this: unknown, options: Handlebars.HelperOptions) {
      return sha256(options.fn(this));
    },
    if(this: unknown, value: unknown, options: Handlebars.HelperOptions) {
      if (typeof value !== 'boolean') throw new TypeError(`#if needs true or false, not ${kindOf(value)}`);
      return value ? options.fn(this) : options.inverse(this);
    },
    each(this: unknown, value: unknown, options: Handlebars.HelperOptions) {
      if (!Array.isArray(value)) throw new TypeError(`#each needs a list, not ${kindOf(value)}`);
      return value.map((item: unknown) => options.fn(item)).join('');
    },
  });
  for (const unsafe of ['unless', 'with', 'lookup', 'log']) handlebars.unregisterHelper(unsafe);
  return handlebars;
}

function requireScalar(helper: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  throw new TypeError(`{{${helper}}} needs a text or a number, not ${kindOf(value)}`);
}

function base64(value: string | Uint8Array): string {
  const text = (typeof value === 'string' ? Buffer.from(value, 'utf8') : Buffer.from(value)).toString(
    'base64',
  );
  return (text.match(new RegExp(`.{1,${B64_WIDTH}}`, 'g')) ?? []).join('\n');
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}
