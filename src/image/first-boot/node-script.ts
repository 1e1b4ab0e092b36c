/** Renders the steps of an image as one OnNodeStart script, for nodes whose image cannot change. */
import { BakeError } from '../../errors/bake-error.ts';
import type { Templates } from '../../text/templates.ts';
import { quoteShell } from '../../text/quote.ts';
import type { ImageParts } from '../parts.ts';
import { renderStep, type StepDraft } from '../script.ts';
import { stagedPath, type StepFile } from '../step.ts';

type Policy = 'leave' | 'try' | 'must';

/**
 * What a node does with a step, by a prefix of its id or of its template's name. The first match counts.
 * - leave: the script leaves the step out. Hygiene and inventory only make sense at the end of a bake, and an upgrade
 *   would make nodes differ by the day they started.
 * - try: a failure is a warning and the node continues. A mirror that is down now may be up later.
 * - must (every step that is not listed): a failure ends the script, and ParallelCluster replaces the node. Without its
 *   mirrors, its CAs or the recipe's packages, the node would fail its jobs.
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

/** Largest file in bytes that such a script can contain: a node downloads nothing else. */
const LARGEST_FILE = 64 * 1024 * 1024;

/**
 * One idempotent bash script: the steps in order, each with the same bytes as in an image and preceded by its files.
 * At the end the script starts the first-boot unit, which retries its own failures. It exits with 0, or with 1 if a
 * `must` step failed.
 * @param read returns the bytes of a step's file
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
# Written by bake render --node-script: the steps of an image as an OnNodeStart script, for nodes whose image cannot
# change.
#
# It may run any number of times. Exit 0: the node continues to boot. Exit 1: ParallelCluster replaces the node.
#   must   the node would fail its jobs without this step (mirrors, CAs, assets, packages, scripts): a failure exits 1
#   try    a failure is a warning and the node continues: whether a mirror answers now; holds; the first boot, whose
#          unit bakery-first-boot retries until it succeeds and never stops a node
# Left out, because they only make sense in an image: upgrades (nodes would differ by the day they started), hygiene,
# the inventory.
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022
# cloud-init runs this script, so no step may wait for the end of cloud-init.
export BAKERY_NODE=yes
mkdir -p /opt/bakery || exit 1
# Not below /tmp, which may be noexec. The lock keeps two runs from overlapping.
exec 8> /opt/bakery/.node-start.lock
flock 8
bake_folder=$(mktemp -d /opt/bakery/.node.XXXXXX) || exit 1
trap 'rm -rf -- "$bake_folder"' EXIT

# bake_file PATH: decodes base64 from standard input into a file that the next step reads
bake_file() {
  mkdir -p -- "\${1%/*}" && chmod 700 -- "\${1%/*}" && base64 -d > "$1" || exit 1
}

# bake_step POLICY ID TITLE: decodes a step from base64 on standard input and runs it
bake_step() {
  local status=0
  base64 -d > "$bake_folder/step" || exit 1
  printf 'bake: %s\\n' "$3"
  bash "$bake_folder/step" < /dev/null 8>&- || status=$?
  if [ "$status" -eq 0 ]; then return 0; fi
  if [ "$1" = must ]; then
    printf 'bake: %s failed with exit status %s: this node must be replaced\\n' "$2" "$status" >&2
    exit 1
  fi
  printf 'bake: warning: %s failed with exit status %s\\n' "$2" "$status" >&2
}
`;

/** Removes the mark that keeps first-boot steps from running on a build instance: this is a node. */
const START = `rm -f /opt/bakery/first-boot/builder
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload && systemctl --no-block start bakery-first-boot.service ||
    printf 'bake: warning: bakery-first-boot.service could not be started\\n' >&2
else
  printf 'bake: warning: systemd is not running: run /opt/bakery/first-boot/run by hand\\n' >&2
fi
`;

const TAIL = `printf 'bake: all steps finished\\n'
exit 0
`;
