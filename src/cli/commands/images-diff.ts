/** `bake images diff A B`: shows the difference between the package lists of two images. */
import { BakeError } from '../../errors/bake-error.ts';
import { formatDiff, isDiffFormat, type Side } from '../../images/diff-text.ts';
import { compareImages, type ImageDiff } from '../../jobs/image-diff.ts';
import type { Invocation } from '../../jobs/invocation.ts';

/** A difference is not a failure, so the exit code is 0. @throws BakeError USAGE */
export async function diffImages(invocation: Invocation): Promise<0> {
  const { host, options, args } = invocation;
  const [, a, b] = args;
  if (a === undefined || b === undefined) {
    const message = 'images diff takes two images: AMI ids, or paths of CycloneDX files';
    throw new BakeError('USAGE', { message, command: 'images' });
  }
  const format = options.format ?? 'table';
  if (!isDiffFormat(format)) {
    const message = `--format: expected table or markdown, found ${format}`;
    throw new BakeError('USAGE', { message, command: 'images' });
  }
  const compared = await compareImages(invocation, a, b);
  const { before, after, diff } = compared;
  host.result({ diff: toJson(compared) }, (width) => formatDiff(format, before, after, diff, width));
  return 0;
}

function toJson({ before, after, diff }: ImageDiff): object {
  const side = ({ name, file, content }: Side) => ({
    image: name,
    file,
    name: content.name,
    imageId: content.imageId,
    fingerprint: content.fingerprint,
    complete: content.complete,
  });
  return { a: side(before), b: side(after), ...diff };
}
