/**
 * The meaning of a word without quotes in YAML 1.1, which both ParallelCluster and CloudFormation read: `on` is true and
 * 010 is eight, but the two do not agree on every word.
 * Source: yaml.org/type (bool, int, float, null, timestamp), pyyaml:lib/yaml/resolver.py.
 */

const BOOL = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/;
const TRUE = /^(?:yes|true|on)$/i;
const NULL = /^(?:~|null|Null|NULL|)$/;
const INT = /^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*(?::[0-5]?[0-9])*)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)$/;
/** Infinity, not-a-number, a date, and `=` and `<<`, which have tags of their own. */
const OTHER = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|=|<<)$|^\d{4}-\d\d?-\d\d?(?:$|[Tt \t])/;
/** A text for PyYAML, but a number or a truth value for other readers of YAML 1.1 or 1.2. */
const DOUBTFUL = /^[-+]?(?:\d[\d:_]*|\d+\.?\d*[eE][-+]?\d+|\.\d+[eE]?[-+]?\d*|0o[0-7]+)$|^[yYnN]$/;

/** null: no value; `as`: the form that every reader reads alike, with quotes if it is a text. */
export type PlainMeaning = null | { as: string };

/**
 * A form of an unquoted scalar that every reader reads alike. A scalar that all readers read alike stays as it is.
 * @param source the scalar as written, on one line
 */
export function plainMeaning(source: string): PlainMeaning {
  if (NULL.test(source)) return null;
  if (BOOL.test(source)) {
    if (/^(?:true|false)$/i.test(source)) return { as: source };
    return { as: TRUE.test(source) ? 'true' : 'false' };
  }
  if (INT.test(source)) return { as: integer(source) };
  if (FLOAT.test(source)) return { as: float(source) };
  if (OTHER.test(source) || DOUBTFUL.test(source)) return { as: singleQuoted(source) };
  return { as: source };
}

/** A text in single quotes; it must not contain a line ending. */
export function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function integer(source: string): string {
  if (/^(?:0|-?[1-9]\d*)$/.test(source)) return source;
  const sign = source.startsWith('-') ? '-' : '';
  const digits = source.replace(/^[-+]/, '').replaceAll('_', '');
  if (digits.includes(':')) return sign + sexagesimal(digits);
  if (/^0[bx]./.test(digits)) return sign + BigInt(digits).toString();
  if (/^0b?x?$/.test(digits)) return '0';
  return sign + BigInt(digits.startsWith('0') ? `0o${digits.slice(1)}` : digits).toString();
}

function float(source: string): string {
  if (/^-?(?:0|[1-9]\d*)\.\d+$/.test(source)) return source;
  const text = source.replaceAll('_', '');
  if (!text.includes(':')) return String(Number(text));
  const sign = text.startsWith('-') ? '-' : '';
  const [whole = '0', part = ''] = text.replace(/^[-+]/, '').split('.');
  return `${sign}${sexagesimal(whole)}.${part === '' ? '0' : part}`;
}

/** `1:30` is ninety: base 60 (yaml.org/type/int). */
function sexagesimal(text: string): string {
  return text
    .split(':')
    .reduce((sum, part) => sum * 60n + BigInt(part), 0n)
    .toString();
}
