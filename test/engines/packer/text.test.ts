/** Tests the texts for fields of a Packer template. */
import { expect, test } from 'vitest';
import { packerText } from '../../../src/engines/packer/text.ts';

test('text for a field that Packer renders contains no expression', () => {
  expect(packerText('a {{timestamp}} b')).toBe('a {{`{{`}}timestamp}} b');
});
