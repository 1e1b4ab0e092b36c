/** Owns the steps of an image as one OnNodeStart script, for nodes whose image cannot change. */
import { BakeError } from '../../errors/bake-error.ts';
import type { Templates } from '../../text/templates.ts';
import { quoteShell } from '../../text/quote.ts';
import type { ImageParts } from '../parts.ts';
import { renderStep, type StepDraft } from '../script.ts';
import { stagedPath, type StepFile } from '../step.ts';

type Policy = 'leave' | 'try' | 'must';

/**
 * What a node does with a step, by the beginning of its id or its template's name; the first that fits counts.
 * - leave: only an image has it done. Hygiene and inventory end a bake; an upgrade would make nodes that started on
 *   different days different.
 * - try: a failure is said and the node goes on. The mirror that does not answer now will answer later.
 * - must: a failure ends the script, and ParallelCluster replaces the node: without its mirrors, its CAs or what the
 *   recipe installs it would fail its jobs instead. All that is not listed.
 */
const POLICY: readonly [prefix: string, policy: Policy][] = [
  ['hygiene', 'leave'],
  ['inventory', 'leave'],
  ['packages-upgrade', 'leave'],
  ['packages-before', 'try'],
  ['packages-hold', 'try'],
  ['preflight', 'try'],
  ['first-boot', 'try'],
];

/** Bytes of a file that such a script can carry: it is all a node gets. */
const LARGEST_FILE = 64 * 1024 * 1024;

/**
 * One idempotent bash script: the steps in their order, each the very text an image gets, with their files before them,
 * then the first-boot unit is started, which tries again by itself what fails. Exit 0, or 1 where a step failed that
 * must not.
 * @param read gives the bytes of a step's file
 * @throws BakeError ASSET_TOO_LARGE, and what imageSteps throws
 */
export function nodeScript(
  { steps }: ImageParts,
  templates: Templates,
  read: (file: StepFile) => Buffer,
): string {
  const drafts = steps.filter((draft) => policyOf(draft) !== 'leave');
  const firstBoot = drafts.some(({ template }) => template === 'first-boot');
  const calls = drafts.flatMap((draft) => [
    ...(draft.files ?? []).map((file) => fileOf(draft.id, file, read)),
    callOf(draft, templates),
  ]);
  return [HEAD, ...calls, ...(firstBoot ? [START] : []), TAIL].join('\n');
}

function policyOf({ id, template }: StepDraft): Policy {
  return POLICY.find(([prefix]) => template.startsWith(prefix) || id.startsWith(prefix))?.[1] ?? 'must';
}

function callOf(draft: StepDraft, templates: Templates): string {
  const { id, title, script } = renderStep(draft, templates);
  const lines = base64(Buffer.from(script, 'utf8'));
  return `bake_step ${policyOf(draft)} ${quoteShell(id)} ${quoteShell(title)} <<'BAKE_STEP'\n${lines}\nBAKE_STEP\n`;
}

function fileOf(step: string, file: StepFile, read: (file: StepFile) => Buffer): string {
  const { size } = file;
  if (size > LARGEST_FILE) throw new BakeError('ASSET_TOO_LARGE', { name: step, size, limit: LARGEST_FILE });
  return `bake_file ${quoteShell(stagedPath(file))} <<'BAKE_FILE'\n${base64(read(file))}\nBAKE_FILE\n`;
}

function base64(bytes: Buffer): string {
  return (bytes.toString('base64').match(/.{1,512}/g) ?? []).join('\n');
}

const HEAD = `#!/bin/bash
# Written by bake render --node-script: the steps of an image, for OnNodeStart of nodes whose image cannot change.
#
# It may run any number of times. Exit 0: the node goes on. Exit 1: ParallelCluster replaces the node.
#   must   a step without which the node would fail its jobs (mirrors, CAs, assets, packages, scripts): exit 1
#   try    a step that may fail: said here, and the node goes on. Whether a mirror answers now; holds; the first boot,
#          whose unit bakery-first-boot tries again until it succeeds, and never ends a node
# Not in here, for only an image has them done: upgrades (nodes would differ by the day they started), hygiene, the
# inventory.
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022
mkdir -p /opt/bakery || exit 1
# Not below /tmp, which may be noexec; one run after the other.
exec 8> /opt/bakery/.node-start.lock
flock 8
bake_folder=$(mktemp -d /opt/bakery/.node.XXXXXX) || exit 1
trap 'rm -rf -- "$bake_folder"' EXIT

# bake_file PATH: standard input, base64, becomes the file that the next step takes
bake_file() {
  mkdir -p -- "\${1%/*}" && chmod 700 -- "\${1%/*}" && base64 -d > "$1" || exit 1
}

# bake_step POLICY ID TITLE: runs the step on standard input, base64
bake_step() {
  local status=0
  base64 -d > "$bake_folder/step" || exit 1
  printf 'bake: %s\\n' "$3"
  bash "$bake_folder/step" < /dev/null 8>&- || status=$?
  if [ "$status" -eq 0 ]; then return 0; fi
  if [ "$1" = must ]; then
    printf 'bake: %s failed with %s: this node is of no use\\n' "$2" "$status" >&2
    exit 1
  fi
  printf 'bake: warning: %s failed with %s\\n' "$2" "$status" >&2
}
`;

/** The node itself is no builder: its first boot is wanted. */
const START = `rm -f /opt/bakery/first-boot/builder
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload && systemctl --no-block start bakery-first-boot.service ||
    printf 'bake: warning: bakery-first-boot.service could not be started\\n' >&2
else
  printf 'bake: warning: there is no systemd: /opt/bakery/first-boot/run has to be run by hand\\n' >&2
fi
`;

const TAIL = `printf 'bake: all steps done\\n'
exit 0
`;
