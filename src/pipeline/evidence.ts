/** Writes the evidence of an image (verify.json, JUnit, package list) into the run's folder and into the store. */
import path from 'node:path';
import type { Ami } from '../aws/images.ts';
import type { Build } from '../engines/engine.ts';
import { junitXml } from '../image/junit.ts';
import type { Reports } from '../image/report.ts';
import { rowResults, verdictOf } from '../image/verdict.ts';
import { cyclonedx, sbomText } from '../sbom/cyclonedx.ts';
import { readInventory } from '../sbom/inventory.ts';
import { EVIDENCE, imageKey, type BakeId } from '../store/keys.ts';
import { writeFileAtomic } from '../util/files.ts';
import type { World } from './world.ts';

type Kind = keyof typeof EVIDENCE;

/**
 * Writes a piece of evidence below the run's folder, and for an image into the store.
 * @throws BakeError FOLDER_UNWRITABLE, STORE_MISSING, STORE_DENIED, AWS_…
 */
export async function keep(
  { journal, store }: World,
  build: Build,
  image: Ami | null,
  kind: Kind,
  text: string,
): Promise<void> {
  await writeFileAtomic(path.join(journal.folder, build.key, EVIDENCE[kind]), text);
  if (image === null) return;
  await store.put(imageKey(bakeId(build, image), kind), text, { contentType: TYPES[kind] });
}

/** The run that baked the image, which is an earlier one if the image was adopted. */
export function bakeId({ fingerprint }: Build, image: Ami): BakeId {
  return { fingerprint, run: image.tags['bakery:run'] ?? 'unknown' };
}

export const TYPES: Record<Kind, string> = {
  sbom: 'application/vnd.cyclonedx+json',
  verify: 'application/json',
  junit: 'application/xml',
  provenance: 'application/vnd.dsse.envelope.v1+json',
  reports: 'application/json',
};

/**
 * Writes verify.json and verify.junit.xml.
 * @param image null: the bake failed before it made one; the store contains only evidence of images
 * @returns verify.json as it was written
 * @throws BakeError as keep
 */
export async function writeVerifyList(
  world: World,
  build: Build,
  image: Ami | null,
  said: Reports,
): Promise<string> {
  const {
    passed,
    failed,
    skipped,
    reasons,
    problems: red,
  } = verdictOf(build.steps, build.rows, said.reports);
  const rows = rowResults(build.rows, said.reports);
  const steps = said.reports.filter(({ kind }) => kind === 'step');
  const content = { imageId: image?.id ?? null, passed, failed, skipped, reasons, red, rows, steps };
  const text = `${JSON.stringify(content, null, 2)}\n`;
  await keep(world, build, image, 'verify', text);
  await keep(world, build, image, 'junit', junitXml([{ name: build.label, rows }]));
  return text;
}

/**
 * Writes the package list of the image. A missing list is only a warning, because the image does not depend on it.
 * @returns the list as it was written
 * @throws BakeError as keep
 */
export async function writeSbom(
  world: World,
  build: Build,
  image: Ami,
  said: Reports,
): Promise<string | undefined> {
  const inventory = readInventory(said.data);
  if ('problem' in inventory) {
    const text = `${build.label}: no package list of ${image.id} for bake images diff: ${inventory.problem}`;
    world.emit({ type: 'warning', text });
    return undefined;
  }
  const { name, fingerprint, region, os, arch, parallelcluster } = build;
  const subject = { name, fingerprint, imageId: image.id, region, os, arch, parallelcluster };
  const text = sbomText(cyclonedx(inventory, subject));
  await keep(world, build, image, 'sbom', text);
  return text;
}
