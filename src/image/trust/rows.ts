/** Builds the rows that check an image's trust stores without a network. */
import { sha256 } from '../../util/sha256.ts';
import type { RowDraft } from '../script.ts';
import { isSudoers } from './environment.ts';
import { SEARCHED, stores, type TrustStore } from './stores.ts';
import type { TrustPlan } from './plan.ts';

export function trustRows(plan: TrustPlan): RowDraft[] {
  const { registries } = plan;
  return [
    ...osRows(plan),
    ...stores.map((store) => storeRow(store, plan)),
    linksRow(
      plan,
      'trust-cfn',
      [plan.cfn],
      'cfn-init, cfn-signal and cfn-hup use their own CAs unless this file exists',
    ),
    ...(registries.length === 0
      ? []
      : [
          linksRow(
            plan,
            'trust-containers',
            registries,
            'Docker reads new CAs from these files without a restart',
          ),
        ]),
    nssRow(plan),
    ...settingsRows(plan),
  ];
}

function osRows({ anchors, bundle, files }: TrustPlan): RowDraft[] {
  const own = files.length;
  const extracted = ['trust-extract'];
  return [
    {
      id: 'trust-anchors',
      title: 'every CA file is among the trust anchors',
      because: 'the OS adds only these files to its CA bundle',
      command: `sha256sum ${anchors}/bakery-*`,
      expected: `${own} files with the expected digests and mode 644, and no other bakery-* file`,
      needs: { programs: ['awk'], after: ['trust-anchors'] },
      template: 'trust-anchors',
      context: {
        anchors,
        own,
        sums: files.map(({ file, sha256: sum }) => `${sum}  ${file}\n`).join(''),
      },
    },
    {
      id: 'trust-bundle',
      title: 'every CA is in the bundle that clients read',
      because: 'TLS through the inspecting firewall fails without it',
      command: `openssl crl2pkcs7 -nocrl -certfile ${bundle} | openssl pkcs7 -print_certs -noout`,
      expected: 'every CA, byte for byte',
      needs: { programs: ['awk'], after: extracted },
      template: 'trust-bundle',
      context: { anchors, bundle, own },
    },
    {
      id: 'trust-verify',
      title: 'OpenSSL accepts every CA',
      because: 'a certificate that OpenSSL refuses has no effect in the bundle',
      command: `openssl verify -partial_chain -CAfile ${bundle} ${anchors}/bakery-*`,
      expected: 'OK for each',
      needs: { programs: ['openssl'], after: extracted },
      template: 'trust-openssl-verify',
      context: { anchors, bundle },
    },
    {
      id: 'trust-public-roots',
      title: 'no public root was lost',
      because: 'AWS endpoints have certificates of public CAs',
      command: `grep -c BEGIN ${bundle}`,
      expected: `nearly as many roots as before the bake, and our ${own}`,
      needs: { programs: ['grep'], after: extracted },
      template: 'trust-public-roots',
      context: { bundle, own },
    },
    {
      id: 'trust-no-private-key',
      title: 'the trust store contains no private key',
      because: 'every user can read its files',
      command: `grep -rl 'PRIVATE KEY' ${anchors} ${bundle}`,
      expected: 'nothing',
      needs: { programs: ['grep'], after: ['trust-anchors'] },
      template: 'trust-no-private-key',
      context: { anchors, bundle },
    },
    {
      id: 'trust-cloud-init',
      title: 'cloud-init leaves the trust anchors alone',
      because: 'ca_certs with remove_defaults deletes them on every new instance',
      command: 'grep -rn remove_defaults /etc/cloud',
      expected: 'no remove_defaults that is true',
      needs: { programs: ['grep'], after: ['trust-anchors'] },
      template: 'trust-cloud-init',
      context: {},
    },
  ];
}

function storeRow({ id, readers, patterns, follows }: TrustStore, plan: TrustPlan): RowDraft {
  const { anchors, bundle, java, files } = plan;
  const named = patterns.map((pattern) => `-path '${pattern}'`).join(' -o ');
  const shared = {
    id: `trust-store-${id}`,
    title: `these use the CA store of the OS: ${readers}`,
    because: 'a runtime with its own store does not trust the corporate CA',
    command: `find ${SEARCHED.join(' ')} ${named} | xargs ls -l`,
  };
  const context = { searched: SEARCHED.join(' '), patterns };
  const after = ['trust-stores'];
  if (follows === 'bundle') {
    return {
      ...shared,
      expected: `each is ${bundle}`,
      needs: { programs: ['find'], after },
      template: 'trust-stores',
      context: { ...context, bundle },
    };
  }
  return {
    ...shared,
    expected: `each is ${java}, or contains every CA`,
    needs: { programs: ['awk', 'find'], after },
    template: 'trust-keystores',
    context: { ...context, anchors, java, own: files.length },
  };
}

function linksRow({ bundle }: TrustPlan, id: string, paths: string[], because: string): RowDraft {
  return {
    id,
    title: `${paths.join(', ')} ${paths.length === 1 ? 'is a link' : 'are links'} to the OS's bundle`,
    because,
    command: `ls -lL ${paths.join(' ')}`,
    expected: `each is ${bundle}`,
    needs: { after: ['trust-stores'] },
    template: 'trust-links',
    context: { bundle, paths },
  };
}

function nssRow({ anchors }: TrustPlan): RowDraft {
  return {
    id: 'trust-nss',
    title: 'the NSS database of the system contains every CA',
    because: 'programs that use NSS read this database',
    command: 'certutil -L -d sql:/etc/pki/nssdb',
    expected: 'every CA with trust C, if the database exists',
    needs: { after: ['trust-stores'] },
    template: 'trust-nss',
    context: { anchors },
  };
}

function settingsRows({ settings }: TrustPlan): RowDraft[] {
  const ids = [...new Set(settings.map(({ id }) => id))];
  return ids.flatMap((id) => {
    const files = settings.filter((file) => file.id === id);
    const [first] = files;
    if (!first) return [];
    return {
      id: `trust-${id}`,
      title: first.title,
      because: first.because,
      command: `cat ${files.map(({ path }) => path).join(' ')}`,
      expected: "the variables, each with the path of the OS's bundle",
      needs: { programs: ['awk'], after: ['trust-settings'] },
      template: 'trust-settings',
      context: {
        files: files.map((file) => ({ ...file, sha256: sha256(file.text), sudoers: isSudoers(file) })),
      },
    };
  });
}
