/** Checks the signed provenance of the images that are in use. */
import { findAmis, type Ami } from '../aws/images.ts';
import type { Session } from '../aws/session.ts';
import { BakeError } from '../errors/bake-error.ts';
import { targetLabel } from '../os/target.ts';
import type { Job } from '../pipeline/world.ts';
import { openVerifyKey } from '../provenance/signer.ts';
import { verifyProvenance, type ProvenanceCheck } from '../provenance/verify.ts';
import { readChannelImages } from '../publish/channels.ts';
import { targetParameter } from '../publish/parameter.ts';
import type { Invocation } from './invocation.ts';
import { firstRegion } from './regions.ts';
import { openCloud, openProjectStore } from './cloud.ts';
import { requireOneTarget, requireTargets } from './selection.ts';
import { openWorkplace } from './workplace.ts';

export interface CheckedProvenance extends ProvenanceCheck {
  region: string;
  imageId: string;
}

/** @throws BakeError CONFIG_VALUE, PROVENANCE_KEY, IMAGE_UNKNOWN */
export async function checkProvenances(invocation: Invocation): Promise<CheckedProvenance[]> {
  const { options } = invocation;
  requireTargets(invocation);
  const { project } = await openWorkplace(invocation);
  const { bakery, jobs } = project;
  const { provenance } = bakery.value;
  if (!provenance) {
    const expected = 'a key such as { key: kms:alias/bakery-provenance }';
    throw new BakeError(
      'CONFIG_VALUE',
      { path: 'provenance', expected, found: 'nothing' },
      { place: bakery.place([]) },
    );
  }
  if (options.image !== undefined) requireOneTarget('--image', jobs, 'verify');
  const cloud = await openCloud(invocation, project);
  try {
    const region = firstRegion(jobs);
    const key = await openVerifyKey(provenance, { aws: cloud.aws, region, folder: bakery.folder });
    const store = await openProjectStore(project, cloud.aws);
    const images = (await Promise.all(jobs.map((job) => findImages(cloud.aws, job, options.image)))).flat();
    return await Promise.all(
      images.map(async (image): Promise<CheckedProvenance> => {
        return { region: image.region, imageId: image.id, ...(await verifyProvenance(store, image, key)) };
      }),
    );
  } finally {
    await cloud.close();
  }
}

/** Finds the image that --image names in each Region of the target, or without --image the images in the channel. */
async function findImages(
  aws: Session,
  { target, publish }: Job,
  wanted: string | undefined,
): Promise<Ami[]> {
  const { regions } = target;
  const parameter = targetParameter(publish.parameter, publish.channel, target);
  const images =
    wanted === undefined
      ? (
          await readChannelImages(
            aws,
            regions.map((region) => ({ region, parameter })),
          )
        ).flatMap(({ image }) => image ?? [])
      : (await Promise.all(regions.map((region) => findAmis(aws, region, { ids: [wanted] })))).flat();
  if (images.length > 0) return images;
  throw new BakeError('IMAGE_UNKNOWN', { target: targetLabel(target), region: regions.join(', '), wanted });
}
