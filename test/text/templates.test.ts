/**
 * Tests that a template never renders a missing value, and that values reach a script only through helpers that quote.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Handlebars from 'handlebars';
import { describe, expect, test } from 'vitest';
import { BakeError } from '../../src/errors/bake-error.ts';
import { compileFolder } from '../../src/text/template-code.ts';
import { templatesOf } from '../../src/text/templates.ts';
import { packagePath } from '../../src/util/package-path.ts';

function renderText(text: string, context: object): string {
  const root = mkdtempSync(path.join(tmpdir(), 'bake-templates-'));
  try {
    for (const folder of ['steps', 'verify', 'packer']) mkdirSync(path.join(root, folder));
    writeFileSync(path.join(root, 'steps', 't.sh.hbs'), text);
    return templatesOf(compileFolder(root)).render('steps/t.sh', context);
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe('a missing value', () => {
  const refused: [string, string, object][] = [
    ['a missing value', '{{sh gone}}', {}],
    ['null', '{{sh value}}', { value: null }],
    ['an object', '{{sh value}}', { value: {} }],
    ['a list', '{{b64 value}}', { value: [] }],
    ['not a number', '{{hcl value}}', { value: Number.NaN }],
    ['a missing condition', '{{#if gone}}x{{/if}}', {}],
    ['a condition that is neither true nor false', '{{#if value}}x{{/if}}', { value: '' }],
    ['a missing list', '{{#each gone}}x{{/each}}', {}],
    ['an object instead of a list', '{{#each value}}x{{/each}}', { value: {} }],
    ['a value from the prototype', '{{sh constructor}}', {}],
    ['NUL in a shell word', '{{sh value}}', { value: 'a\0b' }],
    ['a helper that does not exist', '{{upper value}}', { value: 'a' }],
    ['a raw value that is missing', '{{gone}}', {}],
  ];
  for (const [what, text, context] of refused) {
    test(`${what} is refused`, () => {
      const attempt = () => renderText(text, context);
      expect(attempt).toThrow(BakeError);
      expect(attempt).toThrow(/template steps\/t.sh/);
    });
  }

  test('existing values are rendered', () => {
    const text = '{{#if yes}}{{#each list}}{{sh name}} {{/each}}{{else}}no{{/if}}';
    expect(renderText(text, { yes: true, list: [{ name: 'a' }, { name: 1 }] })).toBe("'a' '1' ");
    expect(renderText(text, { yes: false, list: [] })).toBe('no');
  });
});

// ── every template of the package ─────────────────────────────────────────────────────────────────────────────────

/** The helpers that each kind of file may use; nothing else is allowed. */
const ALLOWED: [RegExp, string[]][] = [
  [/\.sh\.hbs$/, ['sh', 'b64']],
  [/\.hcl\.hbs$/, ['hcl']],
];
const BLOCKS = new Set(['if', 'each', 'sha256']);

interface Node {
  type: string;
  path?: { original: string };
  params?: unknown[];
  program?: { body: Node[] };
  inverse?: { body: Node[] };
  escaped?: boolean;
}

/** Descriptions of the mustaches that are not allowed. */
function rawValues(nodes: Node[], helpers: string[]): string[] {
  return nodes.flatMap((node): string[] => {
    const name = node.path?.original ?? '';
    if (node.type === 'MustacheStatement') {
      return helpers.includes(name) && node.params?.length === 1 && node.escaped === true
        ? []
        : [`{{${name}}}`];
    }
    if (node.type !== 'BlockStatement') return [];
    const inside = [node.program, node.inverse].flatMap((program) =>
      program ? rawValues(program.body, helpers) : [],
    );
    return BLOCKS.has(name) ? inside : [`{{#${name}}}`, ...inside];
  });
}

const files = ['steps', 'verify', 'packer'].flatMap((folder) =>
  readdirSync(packagePath('templates', folder))
    .filter((file) => file.endsWith('.hbs'))
    .map((file) => path.join(folder, file)),
);

test('templates exist', () => {
  expect(files.length).toBeGreaterThan(30);
});

for (const file of files) {
  test(`${file} inserts values only through helpers that quote`, () => {
    const helpers = ALLOWED.find(([kind]) => kind.test(file))?.[1];
    expect(helpers).toBeDefined();
    const { body } = Handlebars.parse(readFileSync(packagePath('templates', file), 'utf8')) as unknown as {
      body: Node[];
    };
    expect(rawValues(body, helpers ?? [])).toEqual([]);
  });
}

test('finds a raw value in a template', () => {
  const { body } = Handlebars.parse('{{#if a}}{{value}}{{/if}}{{{sh x}}}{{#with y}}{{/with}}') as unknown as {
    body: Node[];
  };
  expect(rawValues(body, ['sh'])).toEqual(['{{value}}', '{{sh}}', '{{#with}}']);
});
