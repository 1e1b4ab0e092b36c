/** Tests that the first step of every image waits for the end of the build instance's boot. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { libraryPart } from '../../src/image/library.ts';
import { nodeScript } from '../../src/image/first-boot/node-script.ts';
import { renderStep } from '../../src/image/script.ts';
import { packagedTemplates } from '../../src/text/templates.ts';
import { newRoot, runIn } from './support/sandboxed.ts';

const templates = packagedTemplates();
const script = libraryPart()
  .steps.map((draft) => renderStep(draft, templates).script)
  .join('');

/** Runs the step while cloud-init boots: another process makes the file at the end. */
function boots(file: string): { passed: boolean; finished: boolean } {
  const root = newRoot({
    'run/cloud-init/enabled': '',
    'run/cloud-init/x': '',
    'var/lib/cloud/instance/x': '',
  });
  const command = 'sleep 1.5; touch -d "+1 minute" "$1"';
  spawn('bash', ['-c', command, 'cloud-init', `${root}/${file}`], { stdio: 'ignore' });
  const { report } = runIn(root, script);
  return { passed: report?.outcome === 'passed', finished: existsSync(`${root}/${file}`) };
}

test.each(['run/cloud-init/result.json', 'var/lib/cloud/instance/boot-finished'])(
  'waits until cloud-init writes %s',
  (file) => {
    expect(boots(file)).toEqual({ passed: true, finished: true });
  },
);

test('boot-finished of an earlier boot does not count, and a boot that does not end fails the step', () => {
  const root = newRoot({ 'var/lib/cloud/instance/boot-finished': '', 'run/cloud-init/enabled': '' });
  // The mark of this boot is newer.
  const ran = runIn(
    root,
    script
      .replace('-ge 1800', '-ge 1')
      .replace('waited=0', 'waited=0; touch -d "+1 minute" /run/cloud-init/enabled'),
  );
  expect(ran.report).toMatchObject({ outcome: 'failed' });
  expect(ran.output).toContain('cloud-init did not finish within 1 seconds');
});

test('does not wait where cloud-init does not run, nor on a node, where cloud-init runs the steps', () => {
  expect(runIn(newRoot(), script).report).toMatchObject({ outcome: 'passed' });
  const text = nodeScript(libraryPartOnly(), templates, () => Buffer.alloc(0));
  expect(text).toContain('export BAKERY_NODE=yes');
  const node = runIn(newRoot({ 'run/cloud-init/enabled': '' }), `export BAKERY_NODE=yes\n${script}`);
  expect(node.report).toMatchObject({ outcome: 'passed' });
});

function libraryPartOnly() {
  return { steps: libraryPart().steps, rows: [] };
}
