/** Finds AMI references in shell scripts: ids that are assigned to variables. */
import { contentOf, findAssigned } from '../assignments.ts';
import type { Format } from '../format.ts';
import { readShell } from '../readers/shell.ts';

const NAME =
  /\.(sh|bash|zsh|ksh)(\.(j2|tmpl|tpl|template|in|tftpl))?$|(^|[/\\])\.(bashrc|profile|bash_profile|zshrc|envrc)$/i;
const SHEBANG = /^(?:\xef\xbb\xbf)?#![^\n]*\b(?:ba|z|k|da|a)?sh\b/;

export const shell: Format = {
  id: 'shell',
  reads: (file, bytes) => NAME.test(file) || SHEBANG.test(bytes.toString('latin1', 0, 200)),
  find: (file, bytes) => findAssigned(file, bytes, readShell),
  content: (bytes) => contentOf(bytes, readShell),
};
