/** A process is killed in the middle of a build; the next process finishes the build and makes exactly one image. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeImagesCommand } from '@aws-sdk/client-ec2';
import {
  CreateComponentCommand,
  CreateDistributionConfigurationCommand,
  CreateImageCommand,
  CreateImageRecipeCommand,
  CreateInfrastructureConfigurationCommand,
  GetImageCommand,
} from '@aws-sdk/client-imagebuilder';
import { expect, test } from 'vitest';
import type { Sandbox } from '../../src/sandbox/contract.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import { seedIds } from '../../src/sandbox/seed.ts';
import { afterTest, clientsFor, temporaryFolder } from './account.ts';
import { bundled } from './bundled.ts';
import { bash, document } from './documents.ts';

test('a build makes one image, however often its process is killed', { timeout: 60_000 }, async () => {
  const file = await bundled('sandbox-child.ts');
  const state = await temporaryFolder();
  let arn = '';
  // Each round kills the process a little later: before the build, between its states, after it.
  for (let round = 0; round < 8; round++) {
    const child = spawn(process.execPath, [file, state], { stdio: ['ignore', 'pipe', 'inherit'] });
    afterTest(async () => {
      child.kill('SIGKILL');
    });
    const gone = new Promise((resolve) => child.once('exit', resolve));
    for await (const line of createInterface({ input: child.stdout })) {
      const { endpoint } = JSON.parse(line) as Sandbox;
      if (arn === '') arn = await start(endpoint);
      break;
    }
    await sleep(round);
    child.kill('SIGKILL');
    await gone;
  }
  const sandbox = await openSandbox({ state, rehearse: 'off' });
  afterTest(() => sandbox.close());
  const { imagebuilder, ec2 } = clientsFor(sandbox.endpoint);
  let status: string | undefined;
  while (status !== 'AVAILABLE') {
    const { image } = await imagebuilder.send(new GetImageCommand({ imageBuildVersionArn: arn }));
    status = image?.state?.status;
    expect(status).not.toBe('FAILED');
  }
  const { Images } = await ec2.send(
    new DescribeImagesCommand({ Filters: [{ Name: 'tag:Ec2ImageBuilderArn', Values: [arn] }] }),
  );
  expect(Images).toHaveLength(1);
  expect(Images?.[0]?.Tags).toContainEqual({ Key: 'only', Value: 'one' });
  expect(readdirSync(state).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  expect(readdirSync(path.join(state, 'layers'))).toEqual([]);
});

async function start(endpoint: string): Promise<string> {
  const { imagebuilder } = clientsFor(endpoint);
  const steps = Array.from({ length: 40 }, (_, i) => bash(`step-${i}`, 'true'));
  const { componentBuildVersionArn: componentArn } = await imagebuilder.send(
    new CreateComponentCommand({
      name: 'kill',
      semanticVersion: '1.0.0',
      platform: 'Linux',
      data: document({ build: steps }),
    }),
  );
  const { imageRecipeArn } = await imagebuilder.send(
    new CreateImageRecipeCommand({
      name: 'kill',
      semanticVersion: '1.0.0',
      parentImage: seedIds.base(),
      components: [{ componentArn }],
    }),
  );
  const { infrastructureConfigurationArn } = await imagebuilder.send(
    new CreateInfrastructureConfigurationCommand({ name: 'kill', instanceProfileName: 'p' }),
  );
  const { distributionConfigurationArn } = await imagebuilder.send(
    new CreateDistributionConfigurationCommand({
      name: 'kill',
      distributions: [
        {
          region: 'us-east-1',
          amiDistributionConfiguration: { name: 'n {{ imagebuilder:buildDate }}', amiTags: { only: 'one' } },
        },
      ],
    }),
  );
  const { imageBuildVersionArn = '' } = await imagebuilder.send(
    new CreateImageCommand({ imageRecipeArn, infrastructureConfigurationArn, distributionConfigurationArn }),
  );
  return imageBuildVersionArn;
}
