/** Tests that an inventory becomes a valid CycloneDX 1.6 document, and that the document reads back unchanged. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cyclonedx, sbomText, type Sbom } from '../../src/sbom/cyclonedx.ts';
import { parseInventory } from '../../src/sbom/inventory.ts';
import { readSbom } from '../../src/sbom/read.ts';
import { FINGERPRINT, inventory, LINES, subject } from './fixtures.ts';

const sbom = cyclonedx(inventory, subject);
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 2000);

/** The rules of CycloneDX 1.6's JSON schema for the parts that bake writes: members, types, patterns, uniqueness. */
function faults(document: Sbom): string[] {
  const found: string[] = [];
  const check = (ok: boolean, what: string) => ok || found.push(what);
  const members = [
    'bomFormat',
    'components',
    'compositions',
    'metadata',
    'serialNumber',
    'specVersion',
    'version',
  ];
  check(JSON.stringify(Object.keys(document).sort()) === JSON.stringify(members), 'members');
  check(document.bomFormat === 'CycloneDX' && document.specVersion === '1.6', 'format');
  check(
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(
      document.serialNumber,
    ),
    'serial',
  );
  check(Number.isInteger(document.version) && document.version >= 1, 'version');
  const all = [document.metadata.component, ...document.components];
  const types = new Set(['library', 'operating-system', 'device-driver']);
  for (const one of all) {
    check(types.has(one.type) && one.name !== '' && one['bom-ref'] !== '', `component ${one.name}`);
    check(one.purl === undefined || /^pkg:(rpm|deb|pypi)\/[!-~]+@[!-~]+$/.test(one.purl), `purl ${one.purl}`);
    for (const { name, value } of one.properties ?? [])
      check(name !== '' && typeof value === 'string', 'property');
  }
  const refs = all.map((one) => one['bom-ref']);
  check(new Set(refs).size === refs.length, 'bom-ref twice');
  for (const { aggregate, assemblies } of document.compositions) {
    check(
      ['complete', 'incomplete'].includes(aggregate) && assemblies.every((ref) => refs.includes(ref)),
      'composition',
    );
  }
  return found;
}

describe('an SBOM', () => {
  test('is a valid document of CycloneDX 1.6', () => {
    expect(faults(sbom)).toEqual([]);
    expect(faults({ ...sbom, components: [...sbom.components, ...sbom.components] })).toEqual([
      'bom-ref twice',
    ]);
  });

  test('names packages by purl, the kernel that boots and the drivers', () => {
    expect(sbom.components.map((one) => one['bom-ref'])).toEqual([
      'driver/nvidia',
      'kernel/5.10.220-209.869.amzn2.x86_64',
      'pkg:pypi/boto3@1.34.1#/opt/parallelcluster/pyenv/versions/3.12.8/envs/node_virtualenv',
      'pkg:pypi/ruamel-yaml@0.18.6#/usr/local',
      'pkg:rpm/amzn/bash@4.2.46-34.amzn2?arch=x86_64&distro=amzn-2',
      'pkg:rpm/amzn/openssl-libs@1.0.2k-24.amzn2.0.14?arch=x86_64&distro=amzn-2&epoch=1',
    ]);
  });

  test('escapes characters that a purl may not contain, and keeps the epoch of a deb in the version', () => {
    const debian = parseInventory('os\tubuntu\t22.04\ndeb\tg++\t4:11.2.0-1ubuntu1~x\tamd64\n');
    expect(cyclonedx(debian, subject).components[0]?.purl).toBe(
      'pkg:deb/ubuntu/g%2B%2B@4:11.2.0-1ubuntu1~x?arch=amd64&distro=ubuntu-22.04',
    );
  });

  test('is the same for equal images in any order, and differs for another fingerprint', () => {
    const shuffled = parseInventory([...LINES].reverse().join('\n'));
    expect(sbomText(cyclonedx(shuffled, subject))).toBe(sbomText(sbom));
    const other = cyclonedx(inventory, { ...subject, fingerprint: FINGERPRINT.replace('0', 'f') });
    expect(other.serialNumber).not.toBe(sbom.serialNumber);
  });

  test('names the image that it describes', () => {
    const facts = Object.fromEntries(
      (sbom.metadata.component.properties ?? []).map(({ name, value }) => [name, value]),
    );
    expect(facts).toMatchObject({
      'bakery:fingerprint': FINGERPRINT,
      'bakery:imageId': 'ami-0123456789abcdef0',
    });
  });

  test.each([
    ['rpm is not installed', 'lacking\trpm\nrpm\tbash\t0:1-1\tx86_64'],
    ['only Python packages are listed', 'pip\ta\t1\t/usr/local'],
  ])('states that it is incomplete if %s', (_, text) => {
    expect(cyclonedx(parseInventory(text), subject).compositions[0]?.aggregate).toBe('incomplete');
    expect(sbom.compositions[0]?.aggregate).toBe('complete');
  });

  test('reads back as the packages that it lists', () => {
    const content = readSbom(sbomText(sbom), 'x');
    expect(content).toMatchObject({
      name: subject.name,
      imageId: subject.imageId,
      fingerprint: FINGERPRINT,
      complete: true,
    });
    expect(content.listed).toContainEqual({
      kind: 'rpm',
      name: 'openssl-libs',
      version: '1:1.0.2k-24.amzn2.0.14',
      arch: 'x86_64',
      place: '',
    });
    expect(content.listed).toContainEqual({
      kind: 'kernel',
      name: 'linux',
      version: inventory.kernel,
      arch: '',
      place: '',
    });
    expect(content.listed.map(({ kind }) => kind).sort()).toEqual([
      'driver',
      'kernel',
      'pip',
      'pip',
      'rpm',
      'rpm',
    ]);
  });

  test('is valid with any text as names and versions', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 }).map((one) => one.replace(/[\t\n]/g, '') || 'x');
    fc.assert(
      fc.property(fc.constantFrom('rpm', 'deb', 'pip'), text, text, text, (kind, name, version, arch) => {
        const line = [kind, name, version, arch].join('\t');
        expect(faults(cyclonedx(parseInventory(`os\tubuntu\t1\n${line}`), subject))).toEqual([]);
      }),
      { numRuns },
    );
  });
});
