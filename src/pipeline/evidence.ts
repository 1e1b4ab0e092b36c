/** Owns what a run keeps of a verify list: verify.json and JUnit in its folder, the package list there and in the store. */
import path from 'node:path';
import type { Ami } from '../aws/images.ts';
import type { Build } from '../engines/engine.ts';
import { junitXml } from '../image/junit.ts';
import type { Said } from '../image/report.ts';
import { judge, rowResults } from '../image/verdict.ts';
import { cyclonedx, sbomText } from '../sbom/cyclonedx.ts';
import { readInventory } from '../sbom/inventory.ts';
import { sbomFile } from '../sbom/store.ts';
import { writeFileAtomic } from '../util/files.ts';
import type { World } from './world.ts';

/**
 * Writes verify.json and verify.junit.xml below the run's folder.
 * @param imageId null: the bake failed before there was one
 * @throws BakeError FOLDER_UNWRITABLE
 */
export async function writeVerifyList(
  { journal }: World,
  build: Build,
  imageId: string | null,
  said: Said,
): Promise<void> {
  const { passed, failed, skipped, reasons, red } = judge(build.steps, build.rows, said.reports);
  const rows = rowResults(build.rows, said.reports);
  const steps = said.reports.filter(({ kind }) => kind === 'step');
  const content = { imageId, passed, failed, skipped, reasons, red, rows, steps };
  const folder = path.join(journal.folder, build.key);
  await writeFileAtomic(path.join(folder, 'verify.json'), `${JSON.stringify(content, null, 2)}\n`);
  await writeFileAtomic(path.join(folder, 'verify.junit.xml'), junitXml([{ name: build.label, rows }]));
}

/**
 * Writes the image's package list beside verify.json and into the store. An image is none the worse for a list that
 * was lost on the way: that is a warning.
 * @throws BakeError FOLDER_UNWRITABLE
 */
export async function writeSbom(world: World, build: Build, image: Ami, said: Said): Promise<void> {
  const inventory = readInventory(said.data);
  if ('lacks' in inventory) {
    const text = `${build.label}: no package list of ${image.id} for bake images diff: ${inventory.lacks}`;
    world.emit({ type: 'warning', text });
    return;
  }
  const { name, fingerprint, region, os, arch, parallelcluster } = build;
  const subject = { name, fingerprint, imageId: image.id, region, os, arch, parallelcluster };
  const text = sbomText(cyclonedx(inventory, subject));
  await writeFileAtomic(path.join(world.journal.folder, build.key, 'sbom.cdx.json'), text);
  await writeFileAtomic(sbomFile(world.store, fingerprint), text);
}
