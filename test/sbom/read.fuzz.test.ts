/** Tests that other files are refused with a reason, and that package lists of other tools can be compared. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BakeError } from '../../src/errors/bake-error.ts';
import { diffSboms } from '../../src/sbom/diff.ts';
import { readSbom, type SbomContent } from '../../src/sbom/read.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 10_000);

function read(text: string): SbomContent | undefined {
  try {
    return readSbom(text, 'a.json');
  } catch (error) {
    expect(error).toBeInstanceOf(BakeError);
    expect((error as BakeError).code).toBe('SBOM_UNREADABLE');
    return undefined;
  }
}

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom('pkg:rpm/a/b@1?arch=x', 'pkg:pypi/x@1#y', '1:2-3', ''),
);
const component = fc.record(
  { type: odd, name: odd, version: odd, purl: odd, properties: odd },
  { requiredKeys: [] },
);
const document = fc.record(
  {
    bomFormat: fc.constant('CycloneDX'),
    components: fc.array(fc.oneof(component, odd), { maxLength: 4 }),
    metadata: odd,
    compositions: odd,
  },
  { requiredKeys: ['bomFormat', 'components'] },
);

test('any text is read or refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => void read(text)),
    { numRuns },
  );
});

test('any two CycloneDX documents can be compared', () => {
  fc.assert(
    fc.property(document, document, (a, b) => {
      const [before, after] = [read(JSON.stringify(a)), read(JSON.stringify(b))];
      if (!before || !after) throw new Error('refused');
      const { added, removed } = diffSboms(before, after);
      const back = diffSboms(after, before);
      expect([back.removed.length, back.added.length]).toEqual([added.length, removed.length]);
      expect(diffSboms(before, before)).toEqual({
        kernel: null, drivers: [], added: [], removed: [], upgraded: [], downgraded: [],
      }); // prettier-ignore
    }),
    { numRuns },
  );
});
