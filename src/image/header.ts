/** Reads and writes the header line `# bake: {json}` of a script: its kind, its id and its needs. */
import type { ScriptHeader } from './step.ts';

const HEADER = /^# bake: (\{.*\})$/m;

export function headerLine(header: ScriptHeader): string {
  return `# bake: ${JSON.stringify(header)}`;
}

/** The header of a script; undefined if it has none (for example a user's own component). Never throws. */
export function readHeader(script: string): ScriptHeader | undefined {
  const found = HEADER.exec(script)?.[1];
  if (found === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(found);
    return isHeader(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHeader(value: unknown): value is ScriptHeader {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, id, programs, family, after, root, network, staged } = value as Record<string, unknown>;
  return (
    (kind === 'step' || kind === 'row') &&
    typeof id === 'string' &&
    [programs, family, after].every(
      (list) => list === undefined || (Array.isArray(list) && list.every((name) => typeof name === 'string')),
    ) &&
    (staged === undefined || (typeof staged === 'string' && /^[0-9a-f]{64}$/.test(staged))) &&
    [root, network].every((flag) => flag === undefined || typeof flag === 'boolean')
  );
}
