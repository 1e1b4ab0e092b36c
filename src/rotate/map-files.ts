/**
 * Reads CSV and JSON files of moves into pairs with their places. Pure. The JSON library is loaded with the first such
 * file.
 */
import { isMap, isScalar, isSeq } from 'yaml';
import type { BakeError, FilePlace } from '../errors/bake-error.ts';
import { placesIn } from '../util/source.ts';
import { pairsOf, readYaml, startOf, type YamlNode } from '../util/yaml.ts';
import { wrongMap as wrong, type Written } from './map-error.ts';

/** Reads the pairs of a file's text. Pure; never throws. */
export function parseMap(file: string, text: string, errors: BakeError[]): Written[] {
  const plain = text.replace(/^\ufeff/, '');
  return /\.json$/i.test(file) ? fromJson(file, plain, errors) : fromCsv(file, plain, errors);
}

const OLD = /^(old|from|was|before)\b/i;
const NEW = /^(new|to|now|after)\b/i;

/** Reads `old,new`, the first two fields of each line. A heading may name the columns, but only in this order. */
function fromCsv(file: string, text: string, errors: BakeError[]): Written[] {
  const written: Written[] = [];
  const places = placesIn(file, text);
  let isFirst = true;
  for (const { 0: line, index: start } of text.matchAll(/[^\r\n]+/g)) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [from = '', to] = line
      .trim()
      .split(/[,;\t]/)
      .map(unquoted);
    const isHeading = isFirst && OLD.test(from) && NEW.test(to ?? '');
    isFirst = false;
    if (isHeading) continue;
    if (to !== undefined) written.push({ from, to, place: places(start) });
    else errors.push(wrong('old,new', line.trim(), places(start)));
  }
  return written;
}

function unquoted(field: string): string {
  return field
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim();
}

/** Reads `{"old": "new"}`, or a list of `{"from": …, "to": …}`. JSON is parsed as YAML, which gives places. */
function fromJson(file: string, text: string, errors: BakeError[]): Written[] {
  const places = placesIn(file, text);
  const { documents, problems } = readYaml(text);
  const [problem] = problems;
  const second = documents[1];
  if (problem || second) {
    const offset = problem?.offset ?? startOf(second?.contents);
    errors.push(wrong('JSON', problem?.message ?? 'a second document', places(offset)));
    return [];
  }
  const root = documents[0]?.contents;
  if (isMap(root)) {
    return root.items.flatMap(({ key, value }) => {
      const at = places(startOf(key as YamlNode));
      return pair(key, value, at, errors);
    });
  }
  if (isSeq(root)) {
    return root.items.flatMap((item) => {
      const at = places(startOf(item as YamlNode));
      const fields = isMap(item) ? pairsOf(item) : undefined;
      return pair(fields?.get('from')?.value, fields?.get('to')?.value, at, errors);
    });
  }
  errors.push(wrong('{"OLD": "NEW"} or [{"from": "OLD", "to": "NEW"}]', 'something else', { file }));
  return [];
}

function pair(from: unknown, to: unknown, place: FilePlace, errors: BakeError[]): Written[] {
  if (isScalar(from) && isScalar(to)) return [{ from: String(from.value), to: String(to.value), place }];
  errors.push(wrong('{"OLD": "NEW"} or [{"from": "OLD", "to": "NEW"}]', 'something else', place));
  return [];
}
