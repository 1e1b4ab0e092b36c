/** Owns the shape of assets.yaml: files that are put into the image from this machine. */
import type { z } from 'zod';
import { filePath, list, section, shapeVersion, text } from './leaves.ts';

/** Wiped at the end of a bake, or mounted over on compute nodes (trap 8, facts/parallelcluster.md 6). */
const NOT_IN_IMAGES =
  /^\/(tmp|var\/tmp|home|opt\/slurm|opt\/intel|opt\/parallelcluster\/shared|run|dev|proc|sys)(\/|$)/;

const asset = section({
  name: text('a name of letters, digits, "-", "_" or "."', /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/).describe(
    'A short stable name; each only once.',
  ),
  file: filePath('the path of a file such as assets/tool.tar.gz').describe(
    'The file on this machine, relative to the folder of bakery.yaml.',
  ),
  sha256: text('64 lower-case hex digits (sha256sum FILE)', /^[0-9a-f]{64}$/).describe('Digest of the file.'),
  // No "." or ".." parts, no double slash: the path that is checked is the path that is written.
  path: text('an absolute path in the image such as /opt/site/tool', /^(\/(?!\.{1,2}(\/|$))[^/\p{Cc}]+)+$/u)
    .refine((at) => !NOT_IN_IMAGES.test(at), {
      error:
        'a path that nodes see: not below /tmp, /var/tmp, /home, /opt/slurm, /opt/intel, /opt/parallelcluster/shared, /run, /dev, /proc or /sys',
    })
    .describe('Where it goes in the image; each path only once.'),
  mode: text('a file mode such as "0644"', /^0[0-7]{3}$/)
    .default('0644')
    .describe('Its mode in the image, in octal.'),
});

export const assetsSchema = section({
  version: shapeVersion(),
  assets: list(asset, 'a list of assets')
    .default([])
    .describe('The files, in the order they are put in place.'),
});

export type Assets = z.output<typeof assetsSchema>;
