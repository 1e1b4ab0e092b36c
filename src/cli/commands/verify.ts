/** `bake verify`: verifies baked images, or the provenance of those in use, and shows the results. */
import { BakeError } from '../../errors/bake-error.ts';
import type { ExitCode } from '../../errors/table.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { requireTargets } from '../../jobs/selection.ts';
import { verifyImages, type VerifiedImage } from '../../jobs/verification.ts';
import { table } from '../../text/tables.ts';

/** Exit 1 when a row failed. */
export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const { options, host } = invocation;
  requireTargets(invocation);
  if (options.provenance && options.junit !== undefined) {
    const message = '--junit: --provenance runs no verify list; leave one of them out';
    throw new BakeError('USAGE', { message, command: 'verify' });
  }
  if (options.provenance) return (await import('./verify-provenance.ts')).showProvenance(invocation);
  const verified = await verifyImages(invocation);
  host.result({ verified }, (width) => verified.map((one) => human(one, width)).join('\n\n'));
  return verified.some(({ verify }) => verify.failed > 0) ? 1 : 0;
}

function human({ os, arch, parallelcluster, imageId, rows }: VerifiedImage, width: number): string {
  const head = `${os} ${arch} · ParallelCluster ${parallelcluster} · ${imageId}`;
  const lines = rows.map(({ outcome, id, reason }) => [outcome, 'check', id, reason ?? '']);
  return `${head}\n${table(['OUTCOME', 'KIND', 'NAME', 'WHY'], lines, width)}`;
}
