/** Reads manifest.json, which Packer appends to: only the builds of its last run count. Pure. */
import { takeArtifacts } from './output.ts';

/**
 * Region → AMI id of the last run; empty if Packer did not write the text. Never throws.
 * Source: hashicorp/packer:post-processor/manifest/artifact.go
 */
export function readManifest(text: string): Record<string, string> {
  const found = { artifacts: {} as Record<string, string> };
  const manifest = parse(text);
  const builds = Array.isArray(manifest?.['builds']) ? (manifest['builds'] as unknown[]) : [];
  for (const build of builds) {
    if (typeof build !== 'object' || build === null) continue;
    const { packer_run_uuid: run, artifact_id: id } = build as Record<string, unknown>;
    if (run === manifest?.['last_run_uuid'] && typeof id === 'string') takeArtifacts(id, found);
  }
  return found.artifacts;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
