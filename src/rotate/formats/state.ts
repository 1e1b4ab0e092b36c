/**
 * Recognises files in which a program records what it did. bake never changes them: the program would then compare the
 * world with a record that is wrong. Sources: documentation of Terraform (state, `terraform show -json`), of Pulumi
 * (checkpoints), and of Packer's post-processor manifest.
 */
import type { Format, FileFindings } from '../format.ts';
import { addIndirect, decode, finished, idsIn, openPage, part } from '../page.ts';

const NAME = /\.tfstate(?:$|[.\-_~])/i;
const HEAD = 64 * 1024;
const TERRAFORM =
  /^\s*\{(?=[^]*"(?:terraform|tofu)_version"\s*:)[^]*"(?:serial|lineage|planned_values|prior_state|values)"\s*:/;
const PULUMI = /^\s*\{[^]*"(?:deployment|checkpoint|latest)"\s*:\s*\{[^]*"manifest"\s*:\s*\{\s*"time"/;
const PACKER = /^\s*\{[^]*"last_run_uuid"\s*:/;

export const state: Format = {
  id: 'state',
  isState: true,
  reads(file, bytes) {
    if (NAME.test(file)) return true;
    // A state that was pulled into a file of another name is JSON.
    if (!/(?:^|[/\\])[^./\\]*$|\.(?:json|tfplan|backup|bak|old)$/i.test(file)) return false;
    const head = bytes.toString('latin1', 0, HEAD);
    return TERRAFORM.test(head) || PULUMI.test(head) || PACKER.test(head);
  },
  find,
  content: (bytes) => [part('', 'text', decode(bytes).text)],
};

/** Reports each id once, because a state has one for each machine. */
function find(file: string, bytes: Buffer): FileFindings {
  const page = openPage(file, bytes);
  const seen = new Set<string>();
  for (const { id, offset } of idsIn(page.text)) {
    if (seen.has(id)) continue;
    seen.add(id);
    addIndirect(page, { offset, path: '', written: id, reason: REASON, record: true });
  }
  return finished(page);
}

const REASON = 'the file records what a program did; the program itself changes it';
