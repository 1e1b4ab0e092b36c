/** Builds the part of a user's script: it runs as a separate file and is never inserted into bake's own scripts. */
import { sha256 } from '../util/sha256.ts';
import { slug, type ImagePart } from './script.ts';

/** @param id of the step; unique in the image, so that the marker file is unique too */
export function userScriptPart(
  { name, text }: { name: string; text: string },
  id = userScriptId(name),
): ImagePart {
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
        title: `${name} finished`,
        because: 'the recipe asks for it',
        command: `cat ${marker}`,
        expected: digest,
        needs: { after: [id] },
        template: 'script',
        context: { sha256: digest, marker },
      },
    ],
  };
}

/** Whether bash can run it: its first line names bash, sh or dash, or no interpreter. */
export function isBash(text: string): boolean {
  const interpreter = /^#!([^\n]*)/.exec(text)?.[1];
  return interpreter === undefined || /(^|[/ ])(ba|da)?sh\s*( |$)/.test(interpreter);
}

export function userScriptId(name: string): string {
  return `script-${slug(name)}`;
}
