/** Image Builder over the wire: resources and their rules. Other files test builds. */
import {
  CreateComponentCommand,
  CreateDistributionConfigurationCommand,
  CreateImageRecipeCommand,
  CreateInfrastructureConfigurationCommand,
  DeleteComponentCommand,
  DeleteDistributionConfigurationCommand,
  DeleteImageRecipeCommand,
  GetComponentCommand,
  GetDistributionConfigurationCommand,
  GetImageCommand,
  GetImageRecipeCommand,
  GetInfrastructureConfigurationCommand,
  ListComponentBuildVersionsCommand,
  ListComponentsCommand,
  ListDistributionConfigurationsCommand,
  ListImageRecipesCommand,
  ListInfrastructureConfigurationsCommand,
  UpdateDistributionConfigurationCommand,
  ListLifecyclePoliciesCommand,
  type ImagebuilderClient,
} from '@aws-sdk/client-imagebuilder';
import { describe, expect, test } from 'vitest';
import { seedIds } from '../../src/sandbox/seed.ts';
import { errorName, openAccount } from './account.ts';
import { bash, document } from './documents.ts';

const data = document({ build: [bash('hello', 'echo hello')] });

function component(
  client: ImagebuilderClient,
  more: object = {},
): Promise<{ componentBuildVersionArn?: string | undefined }> {
  return client.send(
    new CreateComponentCommand({
      name: 'My Component_1',
      semanticVersion: '1.0.0',
      platform: 'Linux',
      data,
      ...more,
    }),
  );
}

function recipe(
  client: ImagebuilderClient,
  more: object = {},
): Promise<{ imageRecipeArn?: string | undefined }> {
  return client.send(
    new CreateImageRecipeCommand({
      name: 'recipe',
      semanticVersion: '1.0.0',
      parentImage: seedIds.base(),
      components: undefined,
      ...more,
    }),
  );
}

describe('components', () => {
  test('have a normalized ARN, and get a new build number when their content changes', async () => {
    const { imagebuilder } = await openAccount();
    const first = await component(imagebuilder);
    expect(first.componentBuildVersionArn).toBe(
      'arn:aws:imagebuilder:us-east-1:111122223333:component/my-component-1/1.0.0/1',
    );
    expect(await errorName(component(imagebuilder))).toBe('ResourceAlreadyExistsException');
    expect(await errorName(component(imagebuilder, { name: 'my-component 1' }))).toBe(
      'ResourceAlreadyExistsException',
    );
    const second = await component(imagebuilder, { data: document({ build: [bash('other', 'true')] }) });
    expect(second.componentBuildVersionArn).toMatch(/\/1\.0\.0\/2$/);
    const got = await imagebuilder.send(
      new GetComponentCommand({ componentBuildVersionArn: first.componentBuildVersionArn }),
    );
    expect(got.component).toMatchObject({ data, type: 'BUILD', platform: 'Linux', owner: '111122223333' });
    const { componentVersionList } = await imagebuilder.send(new ListComponentsCommand({ owner: 'Self' }));
    expect(componentVersionList).toHaveLength(1);
    const builds = await imagebuilder.send(
      new ListComponentBuildVersionsCommand({ componentVersionArn: componentVersionList?.[0]?.arn }),
    );
    expect(builds.componentSummaryList).toHaveLength(2);
  });

  test('have the type TEST if their only phase is test', async () => {
    const { imagebuilder } = await openAccount();
    const { componentBuildVersionArn } = await component(imagebuilder, {
      data: document({ test: [bash('t', 'true')] }),
    });
    expect(
      (await imagebuilder.send(new GetComponentCommand({ componentBuildVersionArn }))).component?.type,
    ).toBe('TEST');
  });

  test('are created once per client token', async () => {
    const { imagebuilder } = await openAccount();
    const first = await component(imagebuilder, { clientToken: 'token' });
    expect((await component(imagebuilder, { clientToken: 'token' })).componentBuildVersionArn).toBe(
      first.componentBuildVersionArn,
    );
    expect(await errorName(component(imagebuilder, { clientToken: 'token', semanticVersion: '2.0.0' }))).toBe(
      'IdempotentParameterMismatchException',
    );
  });

  test('are validated but not created with dryRun', async () => {
    const { imagebuilder } = await openAccount();
    expect(await errorName(component(imagebuilder, { dryRun: true }))).toBe('DryRunOperationException');
    expect(await errorName(component(imagebuilder))).toBe('none');
  });

  test.each([
    ['invalid YAML', 'phases: ['],
    ['an unknown schema version', data.replace('1.0', '2.0')],
    ['no phases', 'schemaVersion: 1.0\nphases: []\n'],
    ['an unknown phase', document({ bake: [bash('x', 'true')] })],
    ['an unknown action', document({ build: [{ name: 'x', action: 'ExecuteFish', inputs: {} }] })],
    ['two steps with the same name', document({ build: [bash('x', 'true'), bash('x', 'true')] })],
    [
      'commands that are not a list',
      document({ build: [{ name: 'x', action: 'ExecuteBash', inputs: { commands: 'ls' } }] }),
    ],
    ['more than 16,000 characters', document({ build: [bash('x', `: ${'x'.repeat(16_000)}`)] })],
    ['an unknown key', `${data}\nextra: 1\n`],
  ])('are refused with %s', async (_, bad) => {
    const { imagebuilder } = await openAccount();
    expect(await errorName(component(imagebuilder, { data: bad }))).toBe('InvalidParameterValueException');
  });

  test.each([
    ['a short name', { name: 'ab' }, 'InvalidParameterValueException'],
    ['a wildcard version', { semanticVersion: '1.0.x' }, 'InvalidParameterValueException'],
    ['a version out of range', { semanticVersion: '1.0.1073741824' }, 'InvalidVersionNumberException'],
    ['neither data nor uri', { data: undefined }, 'InvalidParameterCombinationException'],
    ['an unknown platform', { platform: 'BeOS' }, 'InvalidParameterValueException'],
  ])('are refused with %s', async (_, more, error) => {
    const { imagebuilder } = await openAccount();
    expect(await errorName(component(imagebuilder, more))).toBe(error);
  });

  test('cannot be deleted while a recipe uses them', async () => {
    const { imagebuilder } = await openAccount();
    const { componentBuildVersionArn = '' } = await component(imagebuilder);
    const { imageRecipeArn } = await recipe(imagebuilder, {
      components: [{ componentArn: componentBuildVersionArn }],
    });
    const remove = (): Promise<string> =>
      errorName(imagebuilder.send(new DeleteComponentCommand({ componentBuildVersionArn })));
    expect(await remove()).toBe('ResourceDependencyException');
    await imagebuilder.send(new DeleteImageRecipeCommand({ imageRecipeArn }));
    expect(await remove()).toBe('none');
    expect(await errorName(imagebuilder.send(new GetComponentCommand({ componentBuildVersionArn })))).toBe(
      'ResourceNotFoundException',
    );
  });
});

describe('recipes', () => {
  test('are immutable, and a wildcard resolves to the next version', async () => {
    const { imagebuilder } = await openAccount();
    const { imageRecipeArn } = await recipe(imagebuilder);
    expect(imageRecipeArn).toBe('arn:aws:imagebuilder:us-east-1:111122223333:image-recipe/recipe/1.0.0');
    expect(await errorName(recipe(imagebuilder, { description: 'changed' }))).toBe(
      'ResourceAlreadyExistsException',
    );
    expect((await recipe(imagebuilder, { semanticVersion: '1.0.x' })).imageRecipeArn).toMatch(/1\.0\.1$/);
    expect((await recipe(imagebuilder, { semanticVersion: '1.x.x' })).imageRecipeArn).toMatch(/1\.1\.0$/);
    const got = await imagebuilder.send(new GetImageRecipeCommand({ imageRecipeArn }));
    expect(got.imageRecipe).toMatchObject({ name: 'recipe', version: '1.0.0', parentImage: seedIds.base() });
    expect((await imagebuilder.send(new ListImageRecipesCommand({}))).imageRecipeSummaryList).toHaveLength(3);
  });

  test.each([
    [
      'a parent that does not exist',
      { parentImage: 'ami-00000000000000000' },
      'InvalidParameterValueException',
    ],
    ['a parameter that does not exist', { parentImage: 'ssm:/no/such' }, 'InvalidParameterValueException'],
    [
      'a component that does not exist',
      { components: [{ componentArn: 'arn:aws:imagebuilder:us-east-1:111122223333:component/no/1.0.0/1' }] },
      'ResourceNotFoundException',
    ],
    [
      'a text that is not an ARN',
      { components: [{ componentArn: 'component' }] },
      'InvalidParameterValueException',
    ],
  ])('are refused with %s', async (_, more, error) => {
    const { imagebuilder } = await openAccount();
    expect(await errorName(recipe(imagebuilder, more))).toBe(error);
  });

  test('accept a parent from a parameter, and refuse a component that is listed twice', async () => {
    const { imagebuilder } = await openAccount();
    expect(
      await errorName(recipe(imagebuilder, { parentImage: 'ssm:/hpc/ami/stable/alinux2/x86_64/3.15.1' })),
    ).toBe('none');
    const { componentBuildVersionArn: componentArn } = await component(imagebuilder);
    const twice = { semanticVersion: '2.0.0', components: [{ componentArn }, { componentArn }] };
    expect(await errorName(recipe(imagebuilder, twice))).toBe('InvalidParameterValueException');
  });
});

describe('configurations', () => {
  const infrastructure = { name: 'infra', instanceProfileName: 'profile', clientToken: 'i' };
  const distribution = {
    name: 'dist',
    clientToken: 'd',
    distributions: [
      { region: 'us-east-1', amiDistributionConfiguration: { name: 'x {{ imagebuilder:buildDate }}' } },
    ],
  };

  test('are created, read, listed, replaced and deleted', async () => {
    const { imagebuilder } = await openAccount();
    const { infrastructureConfigurationArn } = await imagebuilder.send(
      new CreateInfrastructureConfigurationCommand({
        ...infrastructure,
        description: 'first',
        instanceTypes: ['c5.xlarge'],
      }),
    );
    const got = await imagebuilder.send(
      new GetInfrastructureConfigurationCommand({ infrastructureConfigurationArn }),
    );
    expect(got.infrastructureConfiguration).toMatchObject({ name: 'infra', description: 'first' });
    expect(
      (await imagebuilder.send(new ListInfrastructureConfigurationsCommand({})))
        .infrastructureConfigurationSummaryList,
    ).toHaveLength(1);

    const { distributionConfigurationArn } = await imagebuilder.send(
      new CreateDistributionConfigurationCommand(distribution),
    );
    const listed = await imagebuilder.send(
      new ListDistributionConfigurationsCommand({ filters: [{ name: 'name', values: ['dist'] }] }),
    );
    expect(listed.distributionConfigurationSummaryList?.[0]?.regions).toEqual(['us-east-1']);
    const read = await imagebuilder.send(
      new GetDistributionConfigurationCommand({ distributionConfigurationArn }),
    );
    expect(read.distributionConfiguration?.distributions).toEqual(distribution.distributions);
    const west = [{ ...distribution.distributions[0], region: 'eu-west-1' }];
    await imagebuilder.send(
      new UpdateDistributionConfigurationCommand({ distributionConfigurationArn, distributions: west }),
    );
    const updated = await imagebuilder.send(
      new GetDistributionConfigurationCommand({ distributionConfigurationArn }),
    );
    // An update replaces the whole configuration and clears omitted members.
    expect(updated.distributionConfiguration).toMatchObject({ name: 'dist', distributions: west });
    expect(updated.distributionConfiguration?.description).toBeUndefined();
    await imagebuilder.send(new DeleteDistributionConfigurationCommand({ distributionConfigurationArn }));
    expect(
      await errorName(
        imagebuilder.send(new GetDistributionConfigurationCommand({ distributionConfigurationArn })),
      ),
    ).toBe('ResourceNotFoundException');
  });

  test('are refused for the same reasons as in Image Builder', async () => {
    const { imagebuilder } = await openAccount();
    const infra = (more: object): Promise<string> =>
      errorName(
        imagebuilder.send(
          new CreateInfrastructureConfigurationCommand({ ...infrastructure, clientToken: 'x', ...more }),
        ),
      );
    const dist = (distributions: object[]): Promise<string> =>
      errorName(
        imagebuilder.send(
          new CreateDistributionConfigurationCommand({
            ...distribution,
            clientToken: 'y',
            distributions: distributions as never,
          }),
        ),
      );
    expect(await infra({ subnetId: 'subnet-1' })).toBe('InvalidParameterCombinationException');
    expect(await infra({ instanceProfileName: 'no/slash' })).toBe('InvalidParameterValueException');
    expect(await infra({ instanceProfileName: undefined })).toBe('InvalidParameterException');
    expect(
      await dist([{ region: 'us-east-1', amiDistributionConfiguration: { name: 'without date' } }]),
    ).toBe('InvalidParameterValueException');
    expect(await dist([{ region: 'us-east-1' }, { region: 'us-east-1' }])).toBe(
      'InvalidParameterValueException',
    );
    expect(await dist([{ region: 'mars-1' }])).toBe('InvalidParameterValueException');
  });
});

test('missing resources and unsupported features get a 4xx response', async () => {
  const { imagebuilder } = await openAccount();
  const imageBuildVersionArn = 'arn:aws:imagebuilder:us-east-1:111122223333:image/none/1.0.0/1';
  expect(await errorName(imagebuilder.send(new GetImageCommand({ imageBuildVersionArn })))).toBe(
    'ResourceNotFoundException',
  );
  expect(await errorName(imagebuilder.send(new ListLifecyclePoliciesCommand({})))).toBe(
    'UnknownOperationException',
  );
});
