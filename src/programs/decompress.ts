/** Decompresses xz, bzip2 and zstd, which Node does not support, with their programs, as a stream. */
import fs from 'node:fs';
import { execa } from 'execa';

export type Compression = 'xz' | 'bzip2' | 'zstd';

/** Why the stream ended early; `missing`: the program is not installed. */
export class DecompressFailed extends Error {
  readonly missing: boolean;

  constructor(message: string, missing: boolean) {
    super(message);
    this.missing = missing;
  }
}

/** @throws DecompressFailed */
export async function* decompressed(file: string, by: Compression, path: string): AsyncGenerator<Buffer> {
  const input = fs.createReadStream(file);
  const child = execa(by, ['-d', '-c'], {
    input,
    env: { PATH: path },
    extendEnv: false,
    encoding: 'buffer',
    buffer: false,
    reject: false,
  });
  try {
    for await (const chunk of child.stdout) yield Buffer.from(chunk as Uint8Array);
    const done = await child;
    if (done.exitCode === 0) return;
    const missing = (done as { code?: string }).code === 'ENOENT';
    throw new DecompressFailed(missing ? `${by} is not installed` : 'it is damaged', missing);
  } finally {
    input.destroy();
    child.kill();
  }
}
