/** Opens the signing key of a run and identifies the builder. */
import { findCheckout } from '../provenance/git.ts';
import { openSigner } from '../provenance/signer.ts';
import type { Attestor } from '../pipeline/attest.ts';
import type { Invocation } from './invocation.ts';
import { firstRegion } from './regions.ts';
import type { CommandContext } from './context.ts';

/**
 * Tests the key now, not after a bake of an hour.
 * @returns undefined if bakery.yaml has no `provenance`
 * @throws BakeError PROVENANCE_KEY, AWS_…
 */
export async function openAttestor(
  { env, version }: Invocation,
  { project, world }: CommandContext,
): Promise<Attestor | undefined> {
  const { value, folder } = project.bakery;
  if (!value.provenance) return undefined;
  const region = firstRegion(project.jobs);
  return {
    signer: await openSigner(value.provenance.key, { aws: world.aws, region, folder }),
    source: await findCheckout(folder),
    builderId: builderId(env, world.account),
    versions: { bake: version, node: process.version },
  };
}

/**
 * The id of the builder (slsa.dev/spec/v1.1/provenance, builder.id): in GitHub Actions the workflow with its commit or
 * branch, elsewhere the account, because anyone with access to it can run bake.
 */
function builderId(env: NodeJS.ProcessEnv, account: string): string {
  const { GITHUB_ACTIONS: isActions, GITHUB_SERVER_URL: server, GITHUB_WORKFLOW_REF: workflow } = env;
  if (isActions === 'true' && server && workflow) return `${server}/${workflow}`;
  return `urn:ami-bakery:account:${account}`;
}
