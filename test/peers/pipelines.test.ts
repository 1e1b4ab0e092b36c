/** Tests pipelines and a retry of the sandbox with boto3: the same answers and error codes as from AWS. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { seedIds } from '../../src/sandbox/seed.ts';
import { openAccount } from '../sandbox/account.ts';
import { clientEnvironment, clientsMissing, python } from './clients.ts';

const run = promisify(execFile);
const missing = clientsMissing();

/** Python that makes a recipe and an infrastructure, and defines `code(call)`: the error's code and HTTP status. */
const PREPARED = `import boto3, json, time, urllib.request, os
from botocore.exceptions import ClientError
ib, ssm, s3 = boto3.client('imagebuilder'), boto3.client('ssm'), boto3.client('s3')
def code(call, **arguments):
    try:
        call(**arguments)
        return 'none'
    except ClientError as error:
        return [error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode']]
def clock(now):
    body = json.dumps({'now': now}).encode()
    urllib.request.urlopen(urllib.request.Request(os.environ['AWS_ENDPOINT_URL'] + '/_sandbox/clock', body)).read()
def builds(arn):
    for _ in range(100):
        found = ib.list_image_pipeline_images(imagePipelineArn=arn)['imageSummaryList']
        if found and all(one['state']['status'] in ('AVAILABLE', 'FAILED') for one in found): return found
        time.sleep(0.1)
    return found
ssm.put_parameter(Name='/bakery/parent', Value='${seedIds.base()}', Type='String', DataType='aws:ec2:image')
s3.create_bucket(Bucket='documents')
document = '''schemaVersion: 1.0
phases:
  - name: build
    steps:
      - { name: one, action: ExecuteBash, inputs: { commands: ['true'] } }
'''
s3.put_object(Bucket='documents', Key='component.yaml', Body=document)
component = ib.create_component(name='steps', semanticVersion='1.0.0', platform='Linux', uri='s3://documents/component.yaml')['componentBuildVersionArn']
recipe = ib.create_image_recipe(name='month', semanticVersion='1.0.0', parentImage='ssm:/bakery/parent', components=[{'componentArn': component}])['imageRecipeArn']
infra = ib.create_infrastructure_configuration(name='month', instanceProfileName='profile')['infrastructureConfigurationArn']
wish = dict(imageRecipeArn=recipe, infrastructureConfigurationArn=infra)
`;

async function boto(endpoint: string, script: string): Promise<unknown> {
  const { stdout } = await run(python, ['-c', PREPARED + script], {
    env: clientEnvironment(endpoint),
    timeout: 60_000,
  });
  return JSON.parse(stdout);
}

describe.skipIf(missing !== undefined)(
  `boto3${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    test('makes a pipeline, sees it start once, replaces it as a whole, and deletes it', async () => {
      const { sandbox } = await openAccount({ clock: new Date('2026-11-21T10:00:00Z') });
      const seen = await boto(
        sandbox.endpoint,
        `schedule = {'scheduleExpression': 'cron(0 3 ? * TUE#1 *)', 'timezone': 'Europe/Berlin'}
arn = ib.create_image_pipeline(name='month', schedule=schedule, tags={'a': 'b'}, **wish)['imagePipelineArn']
made = ib.get_image_pipeline(imagePipelineArn=arn)['imagePipeline']
clock('2026-12-01T02:00:05Z')
first = builds(arn)
clock('2027-01-05T02:00:05Z')
time.sleep(1.5)
quiet = len(builds(arn))
data = document.replace('true', 'false')
ib.update_image_pipeline(imagePipelineArn=arn, **wish)
updated = ib.get_image_pipeline(imagePipelineArn=arn)['imagePipeline']
started = ib.start_image_pipeline_execution(imagePipelineArn=arn)['imageBuildVersionArn']
builds(arn)
body = ib.get_component(componentBuildVersionArn=component)['component']['data']
in_use = code(ib.delete_infrastructure_configuration, infrastructureConfigurationArn=infra)
ib.delete_image_pipeline(imagePipelineArn=arn)
print(json.dumps({'next': made['dateNextRun'], 'tags': made['tags'], 'first': [one['buildType'] for one in first], 'quiet': quiet,
  'schedule': updated.get('schedule'), 'started': started.split('image/')[1], 'same': body == document, 'in use': in_use,
  'gone': code(ib.get_image_pipeline, imagePipelineArn=arn), 'left': ib.list_image_pipelines()['imagePipelineList']}))`,
      );
      expect(seen).toEqual({
        next: '2026-12-01T02:00:00.000Z',
        tags: { a: 'b' },
        first: ['SCHEDULED'],
        quiet: 1,
        schedule: null,
        started: 'month/1.0.0/2',
        same: true,
        'in use': ['ResourceDependencyException', 400],
        gone: ['ResourceNotFoundException', 404],
        left: [],
      });
    });

    test('gets the error codes of AWS', async () => {
      const { sandbox } = await openAccount();
      const codes = await boto(
        sandbox.endpoint,
        `create = lambda **more: code(ib.create_image_pipeline, **{'name': 'month', **wish, **more})
create()
workflows = [{'workflowArn': 'arn:aws:imagebuilder:us-east-1:aws:workflow/build/build-image/x.x.x'}]
token = '0' * 32
ib.create_image_pipeline(name='token', clientToken=token, **wish)
print(json.dumps({
  'twice': create(name='Month'),
  'schedule': create(name='other', schedule={'scheduleExpression': 'cron(0 3 * * *)'}),
  'condition': create(name='other', schedule={'scheduleExpression': 'rate(1 day)', 'pipelineExecutionStartCondition': 'WHENEVER'}),
  'recipe': create(name='other', imageRecipeArn=recipe.replace('month', 'none')),
  'role': create(name='other', workflows=workflows),
  'name': create(name='no/slash'),
  'dry': create(name='other', dryRun=True),
  'token': create(name='other', clientToken=token),
  'none': code(ib.start_image_pipeline_execution, imagePipelineArn='arn:aws:imagebuilder:us-east-1:111122223333:image-pipeline/none'),
  'retry': code(ib.retry_image, imageBuildVersionArn='arn:aws:imagebuilder:us-east-1:111122223333:image/none/1.0.0/1'),
}))`,
      );
      expect(codes).toEqual({
        twice: ['ResourceAlreadyExistsException', 400],
        schedule: ['InvalidParameterValueException', 400],
        condition: ['InvalidParameterValueException', 400],
        recipe: ['ResourceNotFoundException', 404],
        role: ['InvalidParameterCombinationException', 400],
        name: ['InvalidParameterValueException', 400],
        dry: ['DryRunOperationException', 412],
        token: ['IdempotentParameterMismatchException', 400],
        none: ['ResourceNotFoundException', 404],
        retry: ['ResourceNotFoundException', 404],
      });
    });

    test('reads why a test phase failed, and retries it', async () => {
      const { sandbox } = await openAccount({ faults: { failTests: 1 } });
      const seen = await boto(
        sandbox.endpoint,
        `arn = ib.create_image_pipeline(name='month', **wish)['imagePipelineArn']
image = ib.start_image_pipeline_execution(imagePipelineArn=arn)['imageBuildVersionArn']
builds(arn)
state = ib.get_image(imageBuildVersionArn=image)['image']['state']
ib.retry_image(imageBuildVersionArn=image)
done = builds(arn)
print(json.dumps({'failed': state['status'], 'at': [state['failureContext']['imageStatus'], state['failureContext']['failedStep']],
  'after': [one['state']['status'] for one in done], 'again': code(ib.retry_image, imageBuildVersionArn=image)}))`,
      );
      expect(seen).toEqual({
        failed: 'FAILED',
        at: ['TESTING', 'LaunchTestInstance'],
        after: ['AVAILABLE'],
        again: ['InvalidRequestException', 400],
      });
    });
  },
);
