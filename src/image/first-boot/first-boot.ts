/**
 * Builds the first-boot part: a systemd unit that runs the recipe's steps once per instance and retries failed steps.
 */
import { count } from '../../util/count.ts';
import { sha256 } from '../../util/sha256.ts';
import type { DomainInputs, FirstBootStep, ImageInputs, UserScript } from '../inputs.ts';
import { refused } from '../refuse.ts';
import { type ImagePart, type RowDraft, slug, type StepDraft } from '../script.ts';

/** Not below a folder that a node mounts a shared file system over (COVERED in ../expectations.ts). */
const FOLDER = '/opt/bakery/first-boot';
const UNIT = '/etc/systemd/system/bakery-first-boot.service';

/** @throws BakeError CONFIG_VALUE where joinDomain has no domain */
export function firstBootPart(steps: readonly FirstBootStep[], inputs: ImageInputs): ImagePart {
  const each = steps.map((step, index) => {
    const name = `${String(index + 1).padStart(2, '0')}-${'use' in step ? step.use : slug(step.script.name)}`;
    const at = { id: `first-boot-${name}`, name, path: `${FOLDER}/steps/${name}` };
    return 'use' in step ? joinPart(at, domainOf(inputs)) : scriptPart(at, step.script);
  });
  const dns = inputs.domain !== undefined && steps.some((step) => 'use' in step) ? inputs.domain.dns : [];
  const unit: StepDraft = {
    id: 'first-boot',
    title: `first boot: a unit for ${count(steps.length, 'step')}`,
    needs: {},
    template: 'first-boot',
    context: { hasDns: dns.length > 0, dns: dns.map((address) => ({ address })) },
  };
  return {
    steps: [unit, ...each.map(({ step }) => step)],
    rows: [unitRow(each.map(({ name }) => name)), ...each.flatMap(({ rows }) => rows), accountRow()],
  };
}

interface Placed {
  id: string;
  name: string;
  path: string;
}

interface Each {
  name: string;
  step: StepDraft;
  rows: RowDraft[];
}

function domainOf({ domain }: ImageInputs): DomainInputs {
  if (domain) return domain;
  const expected = 'a domain in bakery.yaml, for the first-boot step joinDomain';
  throw refused(['domain'], expected, 'nothing');
}

function joinPart({ id, name, path }: Placed, { name: domain, ou, secret }: DomainInputs): Each {
  const context = {
    path,
    domain,
    realm: domain.toUpperCase(),
    hasOu: ou !== undefined,
    ou: ou ?? '',
    secret,
    // arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME
    region: secret.split(':')[3] ?? '',
  };
  return {
    name,
    step: { id, title: `first boot: joins ${domain}`, needs: {}, template: 'first-boot-join', context },
    rows: [
      {
        id,
        title: `the image contains the step that joins ${domain}`,
        because: 'nodes join the domain when they boot, not when the image is baked',
        command: `cat ${path}`,
        expected: 'the rendered text',
        needs: { after: [id] },
        template: 'first-boot-join',
        context,
      },
    ],
  };
}

function scriptPart({ id, name, path }: Placed, { name: file, text }: UserScript): Each {
  const bytes = Buffer.from(text, 'utf8');
  const digest = sha256(bytes);
  return {
    name,
    step: {
      id,
      title: `first boot: ${file}`,
      needs: {},
      template: 'file',
      context: { path, mode: '755', sha256: digest, content: bytes },
      fromUser: true,
    },
    rows: [
      {
        id,
        title: `the image contains ${file} for the first boot`,
        because: 'nodes run it when they boot',
        command: `sha256sum ${path}`,
        expected: `sha256 ${digest}, mode 755`,
        needs: { after: [id] },
        template: 'files',
        context: { files: [{ path, mode: '755', sha256: digest }] },
      },
    ],
  };
}

function unitRow(names: readonly string[]): RowDraft {
  return {
    id: 'first-boot',
    title: 'the first-boot unit is valid, enabled, and has exactly the steps of the recipe',
    because: 'systemd skips an invalid unit, and the node boots without its first-boot steps',
    command: `systemctl is-enabled bakery-first-boot; systemd-analyze verify ${UNIT}; ls ${FOLDER}/steps`,
    expected: names.join(' '),
    needs: { after: ['first-boot'] },
    template: 'first-boot',
    context: { steps: names.map((name) => ({ name })) },
  };
}

function accountRow(): RowDraft {
  return {
    id: 'first-boot-account',
    title: 'the image contains no computer account and no state of a first boot',
    because: 'all nodes would share one identity, and anyone who can start the image could use it',
    command: 'ls /etc/krb5.keytab /var/lib/bakery/first-boot',
    expected: 'no file older than /opt/bakery/hygiene',
    needs: { after: ['first-boot'] },
    template: 'first-boot-account',
    context: {},
  };
}
