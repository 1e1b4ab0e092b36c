/** Tests that the package family of a root filesystem is read as os-release(5) describes. */
import { describe, expect, it } from 'vitest';

import { familyOf } from '../../../src/engines/rehearsal/family.ts';

describe('familyOf', () => {
  it.each([
    ['ID=debian\n', 'debian'],
    ['NAME="Ubuntu"\r\nID=ubuntu\r\nID_LIKE=debian\r\n', 'debian'],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"\n', 'debian'],
    ['ID="amzn"\nID_LIKE="centos rhel fedora"\n', 'rhel'],
    ["ID='rocky'\n", 'rhel'],
    ['ID=alpine\n', undefined],
    ['ID=constructor\n', undefined],
    ['VERSION_ID=12\nSOME_ID=debian\n', undefined],
    ['', undefined],
  ])('reads %j as %s', (text, family) => {
    expect(familyOf(text)).toBe(family);
  });
});
