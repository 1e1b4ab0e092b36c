/** Builds the mirrors part: points every package repository of the image at the mirror or switches it off. */
import type { Os } from '../../os/os.ts';
import { count } from '../../util/count.ts';
import type { ImageInputs, ProxyInputs } from '../inputs.ts';
import type { ImagePart, StepDraft } from '../script.ts';
import { keysOf, planMirrors, type MirrorPlan } from './plan.ts';
import { aptProxies } from './proxies.ts';
import { rowsOfMirrors } from './rows.ts';
import { quietUnits } from './units.ts';

/** @throws BakeError MIRROR_LAYOUT, MIRROR_CREDENTIALS, MIRROR_KEY, CONFIG_VALUE */
export function mirrorsPart({ os, mirrors, proxy }: ImageInputs): ImagePart {
  if (!mirrors) return { steps: [], rows: [] };
  const plan = planMirrors(os, mirrors, proxy);
  const rewrite = os.family === 'rhel' ? rhelStep(plan, proxy) : debianStep(plan, proxy);
  return { steps: [...keysStep(plan), rewrite, policyStep(os)], rows: rowsOfMirrors(os, plan, proxy) };
}

function keysStep(plan: MirrorPlan): StepDraft[] {
  const keys = keysOf(plan).map(({ path, content }) => ({ path, relative: path.slice(1), content }));
  if (keys.length === 0) return [];
  const title = `mirrors: ${count(keys.length, 'repository key')}`;
  return [{ id: 'mirrors-keys', title, needs: {}, template: 'mirrors-keys', context: { keys } }];
}

function rhelStep(plan: MirrorPlan, proxy: ProxyInputs | undefined): StepDraft {
  const repositories = plan.repositories.map(({ id, action, url, key, proxied }) => ({
    id,
    action,
    url: `${url}/`,
    key: key === undefined ? '-' : `file://${key.path}`,
    proxy: proxied && proxy ? proxy.url : '-',
  }));
  const others = { id: '*', action: 'off', url: `${plan.otherUrl}/*`, key: '-', proxy: '-' };
  return {
    id: 'mirrors',
    title: `mirrors: ${repositories.length} repositories to ${plan.origins[0]}`,
    needs: { programs: ['awk', 'sed'] },
    template: 'mirrors-rhel',
    context: { repositories: [...repositories, others] },
  };
}

function debianStep(plan: MirrorPlan, proxy: ProxyInputs | undefined): StepDraft {
  const repositories = plan.repositories.map(({ uri, action, url, key }) => ({
    uri,
    url: action === 'off' ? '-' : url,
    key: key?.path ?? '-',
  }));
  const proxies = aptProxies(plan, proxy);
  return {
    id: 'mirrors',
    title: `mirrors: ${repositories.length} sources to ${plan.origins[0]}`,
    needs: { programs: ['awk', 'sed'] },
    template: 'mirrors-debian',
    context: { repositories, proxied: proxies.length > 0, proxies },
  };
}

function policyStep(os: Os): StepDraft {
  const needs = { programs: ['sed'] };
  if (os.family === 'debian') {
    const title = 'mirrors: cloud-init keeps the sources, no automatic updates';
    const context = { units: quietUnits.map((unit) => ({ path: `etc/systemd/system/${unit}` })) };
    return { id: 'mirrors-policy', title, needs, template: 'mirrors-policy-debian', context };
  }
  const title = 'mirrors: cloud-init installs no updates at first boot';
  return { id: 'mirrors-policy', title, needs, template: 'mirrors-policy-rhel', context: {} };
}
