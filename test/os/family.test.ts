/** Tests of image families: their text form, and how names contain them. */
import { expect, it } from 'vitest';
import { operatingSystems } from '../../src/os/index.ts';
import { parameterName, parameterOf } from '../../src/publish/parameter.ts';
import { imageBuilderName } from '../../src/engines/imagebuilder/names.ts';
import { imageName } from '../../src/render/names.ts';
import { familyInName, familyText, readFamily } from '../../src/os/family.ts';
import { commentFamilies } from '../../src/rotate/comment-families.ts';
import { findReferences } from '../../src/rotate/find.ts';

it('is read back from its text', () => {
  const family = { os: 'alinux2023', arch: 'arm64', parallelcluster: '3.16.1' };
  expect(readFamily(familyText(family))).toEqual(family);
  for (const text of ['alinux9/arm64/3.16.1', 'alinux2/sparc/3.16.1', 'alinux2/arm64/3.16', 'alinux2/arm64/3.16.1/x', '']) {
    expect(readFamily(text)).toBeUndefined();
  }
}); // prettier-ignore

it.each(operatingSystems.map((os) => os.id))(
  'is found in the names that bake gives to images of %s',
  (os) => {
    const family = { os, arch: 'x86_64', parallelcluster: '3.15.1' };
    const name = imageName({ prefix: 'our-hpc', ...family, fingerprint: `sha256:${'0a'.repeat(32)}` });
    expect(familyInName(name)).toEqual(family);
    expect(familyInName(` ${name} 2026-11-21T03-04-05.678Z, October`)).toEqual(family);
    expect(imageBuilderName(name)).toContain(name);
  },
);

it.each(operatingSystems.map((os) => [os.id, os.namePart]))(
  'is found in the official names of %s',
  (os, part) => {
    const name = `aws-parallelcluster-3.12.0-${part}-arm64-202412170018 2024-12-17T00-22-52.615Z`;
    expect(familyInName(name)).toEqual({ os, arch: 'arm64', parallelcluster: '3.12.0', official: true });
  },
);

it.each(['', 'my image', 'bakery-alinux2-x86_64-3.15.1', 'bakery-alinux2-x86_64-3.15.1-0123456789abc', 'x-windows-x86_64-3.15.1-0123456789ab'])(
  'is not found in %j',
  (text) => expect(familyInName(text)).toBeUndefined(),
); // prettier-ignore

it('is found in a comment, unless another comment contradicts it for the same id', () => {
  const [a, b] = ['ami-0123456789abcdef0', 'ami-0fedcba9876543210'];
  const queue = (id: string, os: string) =>
    `    - Image:\n        CustomAmi: ${id} # bakery-${os}-x86_64-3.15.1-0123456789ab 2026-10-01\n`;
  const text = `Scheduling:\n  SlurmQueues:\n${queue(a, 'alinux2')}${queue(b, 'alinux2')}${queue(b, 'rocky9')}`;
  const found = commentFamilies([findReferences('x.yaml', Buffer.from(text))]);
  expect([...found]).toEqual([[a, { os: 'alinux2', arch: 'x86_64', parallelcluster: '3.15.1' }]]);
});

it.each([
  '/hpc/ami/{channel}/{os}/{arch}/{parallelcluster}',
  '/a.b/{parallelcluster}-{os}_{arch}/x/{channel}',
  '/{channel}/{os}/{arch}/{parallelcluster}/{channel}',
])('is found in the name of the parameter in %s', (template) => {
  const of = { channel: 'stable', os: 'ubuntu2204', arch: 'arm64', parallelcluster: '3.16.1' };
  const name = parameterName(template, of);
  expect(parameterOf(template, name)).toEqual(of);
  expect(parameterOf(template, `${name}/lock`)).toBeUndefined();
  expect(parameterOf(template, name.replace('.b', 'xb').replace('ubuntu2204', ''))).toBeUndefined();
});
