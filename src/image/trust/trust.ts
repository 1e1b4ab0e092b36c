/**
 * Builds the trust part: adds the corporate CAs to the OS's store, makes every other store follow it, and checks both.
 */
import { count } from '../../util/count.ts';
import type { ImageInputs } from '../inputs.ts';
import type { ImagePart } from '../script.ts';
import { isSudoers } from './environment.ts';
import { handshakeRows } from './handshakes.ts';
import { javaKeyStore } from './jks.ts';
import { trustPlan, type TrustPlan } from './plan.ts';
import { trustRows } from './rows.ts';
import { SEARCHED, stores, type TrustStore } from './stores.ts';

export function trustPart(inputs: ImageInputs): ImagePart {
  if (inputs.certificates.length === 0) return { steps: [], rows: [] };
  const plan = trustPlan(inputs);
  return { steps: trustSteps(plan, inputs), rows: [...trustRows(plan), ...handshakeRows(plan)] };
}

function trustSteps(plan: TrustPlan, { certificates }: ImageInputs): ImagePart['steps'] {
  const { anchors, bundle, program, java, files, cfn, registries, settings } = plan;
  return [
    {
      id: 'trust-anchors',
      title: `trust: ${count(files.length, 'corporate CA')} into ${anchors}`,
      needs: {},
      template: 'trust-anchors',
      context: {
        anchors,
        bundle,
      },
    },
    {
      id: 'trust-extract',
      title: `trust: ${program} rebuilds the OS store`,
      needs: { family: [program], after: ['trust-anchors'] },
      template: 'trust-extract',
      context: { program },
    },
    {
      id: 'trust-stores',
      title: 'trust: every other store follows the OS store',
      needs: { programs: ['awk', 'find', 'tar'], after: ['trust-extract'] },
      template: 'trust-stores',
      context: {
        anchors,
        bundle,
        java,
        searched: SEARCHED.join(' '),
        made: [cfn, ...registries],
        bundlePatterns: patternsOf('bundle'),
        javaPatterns: patternsOf('java'),
        keystore: javaKeyStore(certificates),
      },
    },
    {
      id: 'trust-settings',
      title: 'trust: environment variables of sessions, sudo and services',
      needs: { programs: ['awk'] },
      template: 'trust-settings',
      context: { files: settings.map((file) => ({ ...file, sudoers: isSudoers(file) })) },
    },
  ];
}

function patternsOf(follows: TrustStore['follows']): string[] {
  return stores.flatMap((store) => (store.follows === follows ? store.patterns : []));
}
