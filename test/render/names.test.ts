/** Tests names and tags of an image: both engines and ParallelCluster accept them. */
import { expect, test } from 'vitest';
import { imageBuilderName } from '../../src/engines/imagebuilder/names.ts';
import { imageId, imageName } from '../../src/render/names.ts';
import { imageTags } from '../../src/render/tags.ts';

const parts = {
  prefix: 'bakery',
  os: 'alinux2',
  arch: 'x86_64',
  parallelcluster: '3.15.1',
  fingerprint: `sha256:${'abcdef0123456789'.repeat(4)}`,
};

test('a name consists of prefix, OS, architecture, version and twelve digits of the fingerprint', () => {
  expect(imageName(parts)).toBe('bakery-alinux2-x86_64-3.15.1-abcdef012345');
});

test("Image Builder's date follows the name", () => {
  expect(imageBuilderName('a-b')).toBe('a-b {{ imagebuilder:buildDate }}');
});

test.each([
  ['too long', 'x'.repeat(80)],
  ['with a slash', 'a/b'],
  ['starting with a digit', '1a'],
  ['with an expression', 'a{{x}}'],
])('a prefix %s is refused', (_, prefix) => {
  expect(() => imageName({ ...parts, prefix })).toThrow(/image.prefix: expected/);
});

test('the longest accepted name leaves room for the date', () => {
  const longest = imageName({ ...parts, prefix: 'x'.repeat(98 - 35) });
  expect(imageBuilderName(longest)).toHaveLength(127);
  expect(() => imageName({ ...parts, prefix: 'x'.repeat(98 - 34) })).toThrow(/image.prefix/);
});

test('ParallelCluster gets an id of letters, digits and dashes', () => {
  expect(imageId(imageName(parts))).toBe('bakery-alinux2-x86-64-3-15-1-abcdef012345');
});

const tagged = {
  ...parts,
  name: imageName(parts),
  baseImageId: 'ami-1',
  run: '3f9c2a71',
  recipe: 'recipes/standard.yaml',
};

test("an image has ParallelCluster's four required tags and bake's own", () => {
  expect(imageTags(tagged)).toEqual({
    'parallelcluster:version': '3.15.1',
    'parallelcluster:os': 'alinux2',
    'parallelcluster:build_status': 'available',
    'parallelcluster:image_id': 'bakery-alinux2-x86-64-3-15-1-abcdef012345',
    'parallelcluster:parent_image': 'ami-1',
    'bakery:fingerprint': parts.fingerprint,
    'bakery:run': '3f9c2a71',
    'bakery:recipe': 'recipes/standard.yaml',
    'bakery:channel-history': '',
  });
});

test("the user's own tags are added but override no other tag", () => {
  const tags = imageTags({ ...tagged, builder: { tags: { Team: 'hpc', 'bakery:run': 'forged' } } });
  expect(tags).toMatchObject({ Team: 'hpc', 'bakery:run': '3f9c2a71' });
});

test('a value that is too long for a tag is refused', () => {
  expect(() => imageTags({ ...tagged, recipe: 'x'.repeat(257) })).toThrow(
    /tag bakery:recipe: expected at most 256/,
  );
});
