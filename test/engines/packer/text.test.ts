/** Tests that texts in fields of a Packer template are escaped. */
import { expect, test } from 'vitest';
import { packerText } from '../../../src/engines/packer/text.ts';

test('escapes expressions in a text for a field that Packer renders', () => {
  expect(packerText('a {{timestamp}} b')).toBe('a {{`{{`}}timestamp}} b');
});
