/** Tests the combinations of the options of bake rotate. */
import { expect, it } from 'vitest';
import type { Invocation } from '../../src/jobs/invocation.ts';
import { parse } from '../../src/cli/parse.ts';
import { sourceOf } from '../../src/cli/rotation-source.ts';
import { BakeError } from '../../src/errors/bake-error.ts';

const source = (...argv: string[]) => sourceOf(parse(['rotate', ...argv]) as unknown as Invocation);
const AMI = 'ami-0123456789abcdef0';

it('follows a channel unless options name the new ids', () => {
  expect(source('a.yaml', '--from-channel', 'stable')).toEqual({ kind: 'channel' });
  expect(source('--map', 'a=b', '--map', 'c.csv')).toEqual({ kind: 'map', words: ['a=b', 'c.csv'] });
  expect(source('--to', AMI, '--family', 'alinux2/x86_64/3.15.1')).toEqual({
    kind: 'to',
    id: AMI,
    family: { os: 'alinux2', arch: 'x86_64', parallelcluster: '3.15.1' },
  });
});

it.each([
  [['--map', 'a=b', '--to', AMI], '--map and --to exclude each other'],
  [['--map', 'a=b', '--from-channel', 'x'], '--map and --from-channel exclude each other'],
  [['--map', 'a=b', '--os', 'alinux2'], '--map and --os exclude each other'],
  [['--to', AMI, '--family', 'x', '--arch', 'arm64'], '--to and --arch exclude each other'],
  [['--pr', '--check'], '--check and --pr exclude each other'],
  [['--pr', '--diff'], '--diff and --pr exclude each other'],
  [['--to', AMI], '--to needs --family'],
  [['--family', 'alinux2/x86_64/3.15.1'], '--family needs --to'],
  [['--remote'], '--remote needs --pr'],
  [['--commit-per-cluster'], '--commit-per-cluster needs --pr'],
  [['--to', 'ami-1', '--family', 'alinux2/x86_64/3.15.1'], '--to: expected ami- and 8 or 17 hex digits, found ami-1'],
  [['--to', AMI, '--family', 'alinux2'], '--family: expected OS/ARCH/VERSION such as alinux2/x86_64/3.15.1, found alinux2'],
])('rejects %j', (argv, message) => {
  const refusal = (): void => void source(...argv);
  expect(refusal).toThrow(BakeError);
  expect(refusal).toThrow(message);
}); // prettier-ignore
