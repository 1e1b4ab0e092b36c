/** Writes tars that anyone could write: any type, any name, pax headers that lie. */

export interface Entry {
  name: string;
  type: string;
  body?: Buffer;
  target?: string;
  mode?: number;
  pax?: Record<string, string>;
}

export function tar(entries: readonly Entry[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), Buffer.alloc(1024)]);
}

export function tarEntry(entry: Entry): Buffer {
  const { name, pax } = entry;
  const needed = Buffer.byteLength(name) > 100 ? { path: name, ...pax } : pax;
  const body = entry.body ?? Buffer.alloc(0);
  const main = Buffer.concat([
    header(entry, body.length),
    body,
    Buffer.alloc((512 - (body.length % 512)) % 512),
  ]);
  if (needed === undefined) return main;
  const text = Buffer.from(
    Object.entries(needed)
      .map(([key, value]) => record(key, value))
      .join(''),
  );
  const extension = header({ name: 'pax', type: 'x' }, text.length);
  return Buffer.concat([extension, text, Buffer.alloc((512 - (text.length % 512)) % 512), main]);
}

function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest) + 1;
  while (String(length).length + Buffer.byteLength(rest) !== length) length += 1;
  return `${length}${rest}`;
}

function header(
  { name, type, target = '', mode = type === '5' ? 0o755 : 0o644 }: Entry,
  size: number,
): Buffer {
  const block = Buffer.alloc(512);
  block.write(name.slice(0, 100), 0);
  block.write(mode.toString(8).padStart(7, '0'), 100);
  block.write('0001750', 108);
  block.write('0001750', 116);
  block.write(size.toString(8).padStart(11, '0'), 124);
  block.write('14722000000', 136);
  block.write(' '.repeat(8), 148);
  block.write(type, 156);
  block.write(target.slice(0, 100), 157);
  block.write('ustar\u000000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
