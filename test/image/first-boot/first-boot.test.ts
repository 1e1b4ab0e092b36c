/** Tests the first-boot part: what it renders, and the functions of the join step, run separately. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { imageParts } from '../../../src/image/parts.ts';
import { nodeScript } from '../../../src/image/first-boot/node-script.ts';
import type { ImageInputs } from '../../../src/image/inputs.ts';
import { imageSteps } from '../../../src/image/steps.ts';
import { bakeable } from '../../../src/os/index.ts';
import { packagedTemplates } from '../../../src/text/templates.ts';
import { fullInputs, hostile, readStaged } from '../support/inputs.ts';
import { joinFunction } from '../support/join.ts';
import { newRoot, runIn, syntaxError } from '../support/sandboxed.ts';

const templates = packagedTemplates();

const inputsOf = (domain: Partial<NonNullable<ImageInputs['domain']>> | undefined): ImageInputs => {
  const inputs = fullInputs('rocky9');
  return {
    ...inputs,
    recipe: [{ firstBoot: [{ use: 'joinDomain' }] }],
    domain: domain && {
      name: 'corp.example',
      dns: [],
      secret: 'arn:aws-us-gov:secretsmanager:us-gov-west-1:1:secret:x',
      ...domain,
    },
  };
};

const text = (inputs: ImageInputs) =>
  imageSteps(imageParts(inputs), templates)
    .map(({ script }) => script)
    .join('\n');

test('joinDomain without a domain is refused', () => {
  expect(() => text(inputsOf(undefined))).toThrow(/domain: expected a domain in bakery.yaml/);
});

test('the join step takes the Region of the secret from its ARN', () => {
  expect(text(inputsOf({}))).toContain("region='us-gov-west-1'");
});

test('name servers go into a separate file, never into resolv.conf', () => {
  const script = text(inputsOf({ dns: ['10.0.0.2', 'fd00::2'] }));
  expect(script).toContain(
    "printf 'nameserver %s\\n' '10.0.0.2' 'fd00::2' | bake_write \"$folder/resolv.conf\"",
  );
  expect(script).not.toMatch(/> *\/etc\/resolv[.]conf/);
  expect(text(inputsOf({}))).not.toContain('bake_write "$folder/resolv.conf"');
});

test.each(hostile)('hostile text as domain, organizational unit or secret is not executed: %j', (value) => {
  const inputs = inputsOf({ name: value, ou: value, secret: `arn:aws:secretsmanager:r:1:secret:${value}` });
  for (const { script } of imageSteps(imageParts(inputs), templates)) expect(syntaxError(script)).toBe('');
});

test('the join step passes no password as an argument or in a here-string, which is a file', () => {
  const script = text(inputsOf({}));
  expect(script).toMatch(/printf '%s' "\$pass" \| with_dns adcli join /);
  expect(script).not.toContain('--one-time-password=');
  expect(
    script.split('\n').filter((line) => line.includes('<<<') && /text|pass|once|user/.test(line)),
  ).toEqual([]);
});

describe('computer names', () => {
  const name = (host: string) => joinFunction('computer_name', `computer_name '${host}'`).stdout.trim();

  test.each([
    'queue-st-cr-1.one.pcluster',
    'ip-10-0-0-1',
    'a',
    'Q-1.x',
    '---',
    'averyveryverylongqueue-dy-c5n18xlarge-1000.c',
  ])('of %s have at most 15 characters, all valid in NetBIOS', (host) =>
    expect(name(host)).toMatch(/^[A-Z0-9]{0,5}-[0-9A-F]{9}$/),
  );

  test('are the same for the same node, and differ for a node of that name in another cluster', () => {
    expect(name('queue-st-cr-1.one.pcluster')).toBe(name('QUEUE-st-cr-1.one.pcluster'));
    expect(name('queue-st-cr-1.one.pcluster')).not.toBe(name('queue-st-cr-1.two.pcluster'));
  });
});

describe('the OnNodeStart script', () => {
  test.each(bakeable)('%s: is valid bash and has all steps except those that only an image needs', (os) => {
    const script = nodeScript(imageParts(fullInputs(os)), templates, readStaged);
    expect(syntaxError(script)).toBe('');
    const ids = new Set([...script.matchAll(/^bake_step (must|try) '([^']+)'/gm)].map((match) => match[2]));
    const steps = imageSteps(imageParts(fullInputs(os)), templates).map(({ id }) => id);
    expect(steps.filter((id) => !ids.has(id)).sort()).toEqual(['hygiene', 'inventory', 'packages-upgrade']);
  });

  test('states for each step whether its failure ends the node', () => {
    const script = nodeScript(imageParts(fullInputs('rocky9')), templates, readStaged);
    const policy = Object.fromEntries(
      [...script.matchAll(/^bake_step (must|try) '([^']+)'/gm)].map(([, kind, id]) => [id, kind]),
    );
    expect(policy).toMatchObject({
      preflight: 'try', mirrors: 'must', 'trust-anchors': 'must', 'packages-install': 'must', 'packages-hold': 'try',
      'script-site.sh': 'must', 'first-boot': 'try', 'first-boot-01-joinDomain': 'try', 'first-boot-02-node.sh': 'try',
    }); // prettier-ignore
  });

  test('contains each step unchanged', () => {
    const inputs = fullInputs('rocky9');
    const step = imageSteps(imageParts(inputs), templates).find(({ id }) => id === 'script-site.sh');
    const body =
      /'script-site\.sh' [^\n]*\n([^]*?)\nBAKE_STEP/.exec(
        nodeScript(imageParts(inputs), templates, readStaged),
      )?.[1] ?? '';
    expect(Buffer.from(body, 'base64').toString()).toBe(step?.script);
  });
});

test('bash and awk are installed, which the tests of the functions need', () => {
  expect(spawnSync('bash', ['-c', 'command -v awk']).status).toBe(0);
});

describe('the programs that join a domain', () => {
  const recipe = [
    { firstBoot: [{ use: 'joinDomain' as const }] },
    { script: { name: 'later.sh', text: 'true\n' } },
    { use: 'hygiene' as const },
  ];
  const steps = imageSteps(imageParts({ ...inputsOf({}), recipe }), templates);
  const step = steps.find(({ id }) => id === 'first-boot-join-programs');
  /** Runs the step without these programs. */
  const without = (...names: string[]) =>
    runIn(
      newRoot({}),
      `command() { case " ${names.join(' ')} " in *" $2 "*) return 1 ;; esac; }\n${step?.script}`,
    );

  test('are checked after every step that may install them, and before hygiene', () => {
    const ids = steps.map(({ id }) => id);
    const at = ids.indexOf('first-boot-join-programs');
    expect(at).toBeGreaterThan(ids.indexOf('script-later.sh'));
    expect(at).toBeLessThan(ids.indexOf('hygiene'));
  });

  test('fail the bake if they are missing, and the message says what to install', () => {
    const ran = without('adcli', 'sssd');
    expect(ran).toMatchObject({ status: 1, report: { outcome: 'failed' } });
    expect(ran.output).toContain(
      'this image lacks: adcli sssd\nadd them to the recipe, at any position: packages: { install: [adcli, sssd] }',
    );
    expect(without()).toMatchObject({ status: 0, report: { outcome: 'passed' } });
  });

  test('are checked only if the recipe joins a domain', () => {
    const other = { ...inputsOf({}), recipe: [{ firstBoot: [{ script: { name: 'x', text: 'true\n' } }] }] };
    expect(imageSteps(imageParts(other), templates).map(({ id }) => id)).not.toContain(
      'first-boot-join-programs',
    );
  });
});

test('a first-boot script in another language runs with the interpreter of its first line', () => {
  const root = newRoot({ '/var/lib/cloud/data/instance-id': 'i-01\n' });
  const mine = (name: string, content: string) => ({ script: { name, text: content } });
  const recipe = [
    {
      firstBoot: [
        mine('a', '#!/usr/bin/env node\nconsole.log(`node says ${1 + 1}`);\n'),
        mine('b', '#!/bin/bash -e\n[[ a == a ]] && echo bash says b\n'),
        mine('c', 'echo "no name: $BASH"\n'),
      ],
    },
  ];
  for (const { script } of imageSteps(imageParts({ ...inputsOf({}), recipe }), templates).filter(({ id }) =>
    id.startsWith('first-boot'),
  ))
    expect(runIn(root, script).status).toBe(0);
  // The image records the id of the build instance; this is another instance.
  writeFileSync(path.join(root, 'opt/bakery/first-boot/builder'), '');
  const { status, stdout } = spawnSync('bash', [path.join(root, 'opt/bakery/first-boot/run')], {
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: expect.stringMatching(/node says 2\n[^]*bash says b\n[^]*no name: \/.*bash\n/),
  });
});
