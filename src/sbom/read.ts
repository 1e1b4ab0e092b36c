/** Reads what a CycloneDX document lists, written by bake or by another tool, for comparison. */
import { BakeError } from '../errors/bake-error.ts';
import { KERNEL } from './cyclonedx.ts';

export interface Listed {
  kind: 'kernel' | 'driver' | 'rpm' | 'deb' | 'pip' | 'other';
  name: string;
  version: string;
  arch: string;
  /** The environment that contains it; empty if it is installed for the whole image. */
  place: string;
}

export interface SbomContent {
  /** The name of the image in the document. */
  name: string;
  imageId: string | null;
  fingerprint: string | null;
  /** false if the document states that it is incomplete. */
  complete: boolean;
  listed: Listed[];
}

type Json = Record<string, unknown>;

/**
 * @param file only for errors
 * @throws BakeError SBOM_UNREADABLE
 */
export function readSbom(text: string, file: string): SbomContent {
  const document = parse(text, file);
  if (document['bomFormat'] !== 'CycloneDX' || !Array.isArray(document['components']))
    throw new BakeError('SBOM_UNREADABLE', {
      file,
      reason: 'it is not a CycloneDX document with components',
    });
  const image = object(object(document['metadata'])['component']);
  return {
    name: textOf(image['name']),
    imageId: property(image, 'bakery:imageId') ?? null,
    fingerprint: property(image, 'bakery:fingerprint') ?? null,
    complete: !list(document['compositions']).some((one) => object(one)['aggregate'] === 'incomplete'),
    listed: list(document['components']).map((one) => fromComponent(object(one))),
  };
}

function fromComponent(component: Json): Listed {
  const purl = textOf(component['purl']);
  const base = {
    name: textOf(component['name']),
    version: textOf(component['version']),
    arch: qualifier(purl, 'arch'),
    place: property(component, 'bakery:place') ?? '',
  };
  const kind = /^pkg:(rpm|deb|pypi)\//.exec(purl)?.[1];
  if (kind !== undefined) return { ...base, kind: kind === 'pypi' ? 'pip' : (kind as 'rpm' | 'deb') };
  if (component['type'] === 'device-driver') return { ...base, kind: 'driver' };
  const isKernel = component['type'] === 'operating-system' && base.name === KERNEL;
  return { ...base, kind: isKernel ? 'kernel' : 'other' };
}

function qualifier(purl: string, name: string): string {
  const query = purl.split('#')[0]?.split('?')[1] ?? '';
  const value = query.split('&').find((pair) => pair.startsWith(`${name}=`));
  return value?.slice(name.length + 1) ?? '';
}

function property(component: Json, name: string): string | undefined {
  const found = list(component['properties']).find((one) => object(one)['name'] === name);
  return found === undefined ? undefined : textOf(object(found)['value']);
}

function parse(text: string, file: string): Json {
  try {
    return object(JSON.parse(text));
  } catch (error) {
    throw new BakeError('SBOM_UNREADABLE', { file, reason: (error as Error).message });
  }
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
