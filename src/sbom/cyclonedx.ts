/** Writes an inventory as a CycloneDX 1.6 document. The same inventory and image give the same bytes. */
import { createHash } from 'node:crypto';
import { compareText } from '../util/compare.ts';
import { isComplete, type Inventory, type Package } from './inventory.ts';

/** The image that the document describes. */
export interface SbomSubject {
  name: string;
  /** `sha256:<64 hex>`; for a rehearsal, which makes no image, the digest of its scripts. */
  fingerprint: string;
  /** null for a rehearsal. */
  imageId: string | null;
  region: string | null;
  os: string;
  arch: string;
  parallelcluster: string;
}

export interface Property {
  name: string;
  value: string;
}

export interface SbomComponent {
  type: 'library' | 'operating-system' | 'device-driver';
  'bom-ref': string;
  name: string;
  version: string;
  purl?: string | undefined;
  properties?: Property[] | undefined;
}

/** The part of CycloneDX 1.6 that bake writes. */
export interface Sbom {
  bomFormat: 'CycloneDX';
  specVersion: '1.6';
  serialNumber: string;
  version: 1;
  metadata: { component: SbomComponent; tools: object };
  components: SbomComponent[];
  compositions: { aggregate: 'complete' | 'incomplete'; assemblies: string[] }[];
}

export const KERNEL = 'linux';

export function cyclonedx(inventory: Inventory, subject: SbomSubject): Sbom {
  const components = [
    ...(inventory.kernel === '' ? [] : [kernel(inventory.kernel)]),
    ...inventory.drivers.map(driver),
    ...inventory.packages.map((one) => fromPackage(one, inventory)),
  ];
  const unique = new Map(components.map((component) => [component['bom-ref'], component]));
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: serialNumber(subject.fingerprint),
    version: 1,
    metadata: {
      tools: { components: [{ type: 'application', name: 'ami-bakery' }] },
      component: image(subject),
    },
    components: [...unique.values()].sort((a, b) => compareText(a['bom-ref'], b['bom-ref'])),
    compositions: [{ aggregate: isComplete(inventory) ? 'complete' : 'incomplete', assemblies: ['image'] }],
  };
}

/** The text of the file. */
export function sbomText(sbom: Sbom): string {
  return `${JSON.stringify(sbom, null, 2)}\n`;
}

function image({
  name,
  fingerprint,
  imageId,
  region,
  os,
  arch,
  parallelcluster,
}: SbomSubject): SbomComponent {
  const facts = { fingerprint, imageId, region, os, arch, parallelcluster };
  return {
    type: 'operating-system',
    'bom-ref': 'image',
    name,
    version: parallelcluster,
    properties: Object.entries(facts).flatMap(([key, value]) =>
      value === null ? [] : [{ name: `bakery:${key}`, value }],
    ),
  };
}

function kernel(version: string): SbomComponent {
  return { type: 'operating-system', 'bom-ref': `kernel/${version}`, name: KERNEL, version };
}

function driver({ name, version }: Inventory['drivers'][number]): SbomComponent {
  return { type: 'device-driver', 'bom-ref': `driver/${name}`, name, version };
}

function fromPackage(one: Package, inventory: Inventory): SbomComponent {
  const { name, version, place } = one;
  const purl = purlOf(one, inventory);
  const base = { type: 'library', name, version, purl } as const;
  if (place === '') return { 'bom-ref': purl, ...base };
  return { 'bom-ref': `${purl}#${place}`, ...base, properties: [{ name: 'bakery:place', value: place }] };
}

/** Source: the package-url specification and its types rpm, deb and pypi. */
function purlOf({ kind, name, version, arch }: Package, { os, osVersion }: Inventory): string {
  if (kind === 'pip') return `pkg:pypi/${encoded(name)}@${encoded(version)}`;
  const distro = osVersion === '' ? os : `${os}-${osVersion}`;
  const [, epoch, rest] = /^(?:(\d+):)?(.*)$/s.exec(version) ?? [];
  const isRpm = kind === 'rpm';
  // The epoch of an rpm is a qualifier; the epoch of a deb is part of its version.
  const qualifiers = { arch, distro, epoch: isRpm ? (epoch ?? '') : '' };
  const query = Object.entries(qualifiers)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}=${encoded(value)}`);
  const number = encoded((isRpm ? rest : version) ?? '');
  const namespace = os === '' ? '' : `${encoded(os)}/`;
  return `pkg:${kind}/${namespace}${encoded(name)}@${number}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}

/** Percent-encodes all but unreserved characters and the colon. Never throws: a lone surrogate becomes U+FFFD. */
function encoded(text: string): string {
  return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'))
    .replaceAll('%3A', ':')
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The namespace for URLs of RFC 9562. The fingerprint is the name in it. */
const NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

/** A version 5 UUID, so that every document about the same image has the same serial number. */
function serialNumber(fingerprint: string): string {
  const hash = createHash('sha1').update(NAMESPACE).update(`bakery:${fingerprint}`).digest().subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return `urn:uuid:${parts.join('-')}`;
}
