/** Owns the trust part: the corporate CAs in the OS's store, every other store following it, and the rows for both. */
import { count } from '../../util/count.ts';
import type { ImageInputs } from '../inputs.ts';
import type { Part } from '../script.ts';
import { isSudoers } from './environment.ts';
import { handshakeRows } from './handshakes.ts';
import { javaKeyStore } from './jks.ts';
import { trustPlan, type TrustPlan } from './plan.ts';
import { trustRows } from './rows.ts';
import { SEARCHED, stores, type Store } from './stores.ts';

export function trustPart(inputs: ImageInputs): Part {
  if (inputs.certificates.length === 0) return { steps: [], rows: [] };
  const plan = trustPlan(inputs);
  return { steps: trustSteps(plan, inputs), rows: [...trustRows(plan), ...handshakeRows(plan)] };
}

function trustSteps(plan: TrustPlan, { certificates }: ImageInputs): Part['steps'] {
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
      title: 'trust: every other store follows the OS',
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
      title: 'trust: environment of sessions, sudo and services',
      needs: { programs: ['awk'] },
      template: 'trust-settings',
      context: { files: settings.map((file) => ({ ...file, sudoers: isSudoers(file) })) },
    },
  ];
}

function patternsOf(follows: Store['follows']): string[] {
  return stores.flatMap((store) => (store.follows === follows ? store.patterns : []));
}
