/** Reads the files that the step `library` writes from its script. */
import { packagedTemplates } from '../../../src/text/templates.ts';

/** File name below /opt/bakery/lib → its text. */
export function libraryFiles(): Map<string, string> {
  const script = packagedTemplates().render('steps/library.sh', { id: 'library' });
  const files = script.matchAll(/^bake_library (\S+) <<'BAKE_LIBRARY'\n([^]*?)^BAKE_LIBRARY$/gm);
  return new Map([...files].map(([, name = '', text = '']) => [name, text]));
}
