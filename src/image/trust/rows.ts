/** Owns what is looked at in an image's trust stores, without any network. */
import { sha256 } from '../../util/sha256.ts';
import type { RowDraft } from '../script.ts';
import { isSudoers } from './environment.ts';
import { SEARCHED, stores, type Store } from './stores.ts';
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
      'cfn-init, cfn-signal and cfn-hup carry CAs of their own, but for this file',
    ),
    ...(registries.length === 0
      ? []
      : [
          linksRow(plan, 'trust-containers', registries, 'Docker reads new CAs from there without a restart'),
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
      because: 'what is not there is not extracted',
      command: `sha256sum ${anchors}/bakery-*`,
      expected: `${own} files as given, mode 644, and no other of that name`,
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
      expected: 'each CA, byte for byte',
      needs: { programs: ['awk'], after: extracted },
      template: 'trust-bundle',
      context: { anchors, bundle, own },
    },
    {
      id: 'trust-verify',
      title: 'OpenSSL accepts every CA',
      because: 'a certificate in the bundle that OpenSSL refuses helps nobody',
      command: `openssl verify -partial_chain -CAfile ${bundle} ${anchors}/bakery-*`,
      expected: 'OK for each',
      needs: { programs: ['openssl'], after: extracted },
      template: 'trust-openssl-verify',
      context: { anchors, bundle },
    },
    {
      id: 'trust-public-roots',
      title: 'no public root was lost',
      because: 'AWS endpoints are not behind the inspecting firewall',
      command: `grep -c BEGIN ${bundle}`,
      expected: `nearly as many as before the bake, and our ${own}`,
      needs: { programs: ['grep'], after: extracted },
      template: 'trust-public-roots',
      context: { bundle, own },
    },
    {
      id: 'trust-no-private-key',
      title: 'no private key lies in the trust store',
      because: 'its files can be read by everybody',
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
      expected: 'nothing that is true',
      needs: { programs: ['grep'], after: ['trust-anchors'] },
      template: 'trust-cloud-init',
      context: {},
    },
  ];
}

function storeRow({ id, readers, patterns, follows }: Store, plan: TrustPlan): RowDraft {
  const { anchors, bundle, java, files } = plan;
  const named = patterns.map((pattern) => `-path '${pattern}'`).join(' -o ');
  const shared = {
    id: `trust-store-${id}`,
    title: `no store of its own is left: ${readers}`,
    because: 'what does not follow the OS does not trust the corporate CA',
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
    expected: `each is ${java}, or has every CA itself`,
    needs: { programs: ['awk', 'find'], after },
    template: 'trust-keystores',
    context: { ...context, anchors, java, own: files.length },
  };
}

function linksRow({ bundle }: TrustPlan, id: string, paths: string[], because: string): RowDraft {
  return {
    id,
    title: `${paths.join(', ')} ${paths.length === 1 ? 'is' : 'are'} the OS's bundle`,
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
    title: 'the NSS database of the system has every CA',
    because: 'programs with NSS read that one',
    command: 'certutil -L -d sql:/etc/pki/nssdb',
    expected: 'every CA with trust C, where there is such a database',
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
      expected: 'the variables, each with the bundle of the OS',
      needs: { programs: ['awk'], after: ['trust-settings'] },
      template: 'trust-settings',
      context: {
        files: files.map((file) => ({ ...file, sha256: sha256(file.text), sudoers: isSudoers(file) })),
      },
    };
  });
}
