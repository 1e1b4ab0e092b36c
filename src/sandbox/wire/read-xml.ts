/** Reads the XML request bodies of S3: a strict parser for elements and text, and a decoder that follows the model. */
import { AwsError } from './aws-error.ts';
import { shapeOf, type Member, type Model } from './model.ts';

export interface XmlElement {
  name: string;
  children: XmlElement[];
  text: string;
}

const MAX_ELEMENTS = 100_000;
const MAX_DEPTH = 20;

/** A comment, a processing instruction, a tag, or the text up to the next of these. */
const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/**
 * Parses the root element. It drops namespaces and attributes, and refuses document types.
 * @throws AwsError MalformedXML
 */
export function parseXml(text: string): XmlElement {
  const document: XmlElement = { name: '', children: [], text: '' };
  const open = [document];
  const token = new RegExp(TOKEN);
  let count = 0;
  while (token.lastIndex < text.length) {
    const found = token.exec(text);
    if (!found) throw malformed();
    const [, closing, name, , empty, characters] = found;
    const inner = open.at(-1) as XmlElement;
    if (characters !== undefined) {
      inner.text += unescape(characters);
    } else if (name !== undefined && closing === '/') {
      if (open.length === 1 || inner.name !== local(name)) throw malformed();
      open.pop();
    } else if (name !== undefined) {
      const element: XmlElement = { name: local(name), children: [], text: '' };
      if (++count > MAX_ELEMENTS || open.length > MAX_DEPTH) throw malformed();
      inner.children.push(element);
      if (empty !== '/') open.push(element);
    }
  }
  const [root, ...more] = document.children;
  if (open.length !== 1 || !root || more.length > 0 || document.text.trim() !== '') throw malformed();
  return root;
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function unescape(text: string): string {
  return text.replace(/&([^;&]{0,10};?)/g, (_whole, entity: string) => {
    const named = /^(lt|gt|amp|quot|apos);$/.exec(entity)?.[1];
    if (named !== undefined) return ENTITIES[named] as string;
    const code = /^#x([0-9a-fA-F]{1,6});$/.exec(entity)?.[1] ?? /^#([0-9]{1,7});$/.exec(entity)?.[1];
    const point = code === undefined ? Number.NaN : Number.parseInt(code, entity.startsWith('#x') ? 16 : 10);
    if (!(point > 0 && point <= 0x10ffff)) throw malformed();
    return String.fromCodePoint(point);
  });
}

/** Decodes an element into the shape of the model and drops unknown children. @throws AwsError MalformedXML */
export function readXml(model: Model, member: Member, element: XmlElement): unknown {
  const shape = shapeOf(model, member.shape);
  if (shape.type === 'structure') {
    const value: Record<string, unknown> = {};
    for (const [name, inner] of Object.entries(shape.members ?? {})) {
      const wire = inner.locationName ?? name;
      const found = element.children.filter((child) => child.name === wire);
      if (found[0]) value[name] = readMember(model, inner, found as [XmlElement, ...XmlElement[]]);
    }
    return value;
  }
  if (shape.type === 'boolean') {
    if (/^(true|false)$/i.test(element.text.trim())) return element.text.trim().toLowerCase() === 'true';
    throw malformed();
  }
  if (shape.type === 'integer' || shape.type === 'long') {
    if (/^\s*-?\d{1,15}\s*$/.test(element.text)) return Number(element.text);
    throw malformed();
  }
  if (shape.type === 'timestamp') {
    const time = new Date(element.text);
    if (Number.isNaN(time.getTime())) throw malformed();
    return time;
  }
  return element.text;
}

function readMember(model: Model, member: Member, found: [XmlElement, ...XmlElement[]]): unknown {
  const shape = shapeOf(model, member.shape);
  if (shape.type !== 'list') return readXml(model, member, found[0]);
  const inner = shape.member as Member;
  const flat = member.flattened ?? shape.flattened ?? false;
  const wire = inner.locationName ?? 'member';
  const items = flat ? found : found[0].children.filter((child) => child.name === wire);
  return items.map((item) => readXml(model, inner, item));
}

function malformed(): AwsError {
  return new AwsError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}
