/** Owns the user's own scripts: run as files of their own, never spliced into ours. */
import { sha256 } from '../util/sha256.ts';
import { slug, type Part } from './script.ts';

/** @param id of the step; unique in the image, so that the marker is, too */
export function userScriptPart(
  { name, text }: { name: string; text: string },
  id = userScriptId(name),
): Part {
  const bytes = Buffer.from(text, 'utf8');
  const digest = sha256(bytes);
  const marker = `/opt/bakery/scripts/${id}`;
  return {
    steps: [
      {
        id,
        title: `script: ${name}`,
        needs: {},
        template: 'script',
        context: { sha256: digest, marker, content: bytes, own: !isBash(text) },
        fromUser: true,
      },
    ],
    rows: [
      {
        id,
        title: `${name} ran to its end`,
        because: 'what it did is part of the recipe',
        command: `cat ${marker}`,
        expected: digest,
        needs: { after: [id] },
        template: 'script',
        context: { sha256: digest, marker },
      },
    ],
  };
}

/** Whether bash runs it: its first line names a shell of that family, or no interpreter at all. */
export function isBash(text: string): boolean {
  const interpreter = /^#!([^\n]*)/.exec(text)?.[1];
  return interpreter === undefined || /(^|[/ ])(ba|da)?sh\s*( |$)/.test(interpreter);
}

export function userScriptId(name: string): string {
  return `script-${slug(name)}`;
}
