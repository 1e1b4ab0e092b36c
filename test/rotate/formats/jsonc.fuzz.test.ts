/** Tests that the JSON reader and the YAML reader find the same in a JSON document. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonc } from '../../../src/rotate/formats/jsonc.ts';
import { yaml } from '../../../src/rotate/formats/yaml.ts';
import { id } from './documents.ts';

const runs = Math.ceil(Number(process.env['FUZZ_RUNS'] ?? 10_000) / 50);

const names =
  'Image CustomAmi HeadNode Scheduling SlurmQueues LoginNodes Pools Region us-east-1 Build ParentImage Resources Type Properties ClusterConfiguration Parameters Default Mappings ImageId Ref Fn::If Fn::GetAtt LaunchTemplateData InstanceType source_ami x';
const key = fc.constantFrom(...names.split(' '));
const leaf = fc.oneof(
  { weight: 3, arbitrary: id },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'AWS::EC2::Instance',
      'Custom::PclusterCluster',
      'AWS::NoValue',
      'eu-west-1',
      '{{resolve:ssm:/x}}',
      'c5.large',
      '#!/bin/sh\nAMI=ami-01234567\n',
      '',
    ),
  },
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 7 },
    { weight: 2, arbitrary: leaf },
    { weight: 5, arbitrary: fc.dictionary(key, tie('tree'), { maxKeys: 5 }) },
    { weight: 1, arbitrary: fc.array(tie('tree'), { maxLength: 4 }) },
  ),
}));
/** Whole templates and configs, so that their walkers run. */
const document = fc.oneof(
  tree,
  fc.record({
    Parameters: fc.dictionary(key, fc.record({ Type: leaf, Default: leaf })),
    Mappings: tree,
    Resources: fc.dictionary(
      key,
      fc.record({
        Type: leaf,
        Properties: fc.record({ ClusterConfiguration: tree, ImageId: tree, x: tree }),
      }),
    ),
  }),
  fc.record({ Image: tree, HeadNode: tree, Scheduling: fc.record({ SlurmQueues: fc.array(tree) }) }),
);

it('gives the same findings in both formats', () => {
  let found = 0;
  fc.assert(
    fc.property(document, fc.constantFrom(0, 2), (value, indent) => {
      const bytes = Buffer.from(JSON.stringify(value, null, indent));
      const [one, two] = [jsonc.find('x', bytes), yaml.find('x', bytes)];
      assert.deepEqual(one, two);
      found += one.references.length;
    }),
    { numRuns: runs },
  );
  expect(found).toBeGreaterThan(runs);
});
