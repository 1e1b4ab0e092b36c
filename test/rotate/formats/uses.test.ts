/** Tests of the recognised kinds of structured documents: build-image configs, and files of no known kind. */
import { expect, it } from 'vitest';
import { A, B, errors, indirect, read, references, SHORT } from './shown.ts';

it('finds the parent image of a build-image config', () => {
  const found = read(
    'image.yaml',
    `Region: eu-west-1\nBuild:\n  InstanceType: c6g.xlarge\n  ParentImage: ${A} # base\n  Components: [{ Type: script, Value: ${B} }]\n`,
  );
  expect(references(found)).toEqual([`4:16 parent Build.ParentImage ${A} in eu-west-1 # base`]);
  expect(found.references[0]).toMatchObject({ instanceTypes: ['c6g.xlarge'] });
  expect(indirect(found)).toEqual([]);
});

it.each([
  [
    'arn:aws:imagebuilder:eu-west-1:aws:image/x/x.x.x',
    'an ARN of an Image Builder image, which resolves to its newest version itself',
  ],
  ['"{{ parent }}"', 'a placeholder: filling the template inserts the id'],
])('reports a build-image config that builds from %s', (value, reason) => {
  const found = read('image.yaml', `Build:\n  ParentImage: ${value}\n`);
  expect(indirect(found)).toEqual([`2:16 Build.ParentImage ${value} // ${reason}`]);
  expect(references(found)).toEqual([]);
});

it('finds every scalar that is exactly an id, in a file of no known kind, where a key names an image or a Region', () => {
  const text = `all:\n  vars:\n    region: eu-west-1\n    ami_id: ${A} # x\n  hosts: [{ image: "${B}" }, plain ${A}]\nby_region:\n  us-east-1: ${SHORT}\nbase_ami: &id ${A}\nagain: *id\n`;
  const found = read('group_vars/all.yml', text);
  expect(references(found)).toEqual([
    `4:13 variable all.vars.ami_id ${A} in eu-west-1 # x`,
    `5:21 variable all.hosts[0].image ${B}`,
    `7:14 variable by_region.us-east-1 ${SHORT} in us-east-1`,
    `8:15 variable base_ami ${A}`,
  ]);
  expect([...indirect(found), ...errors(found)]).toEqual([]);
});

it("recognises the places of a cluster config in an application's own file", () => {
  const text = `slurm:\n  ParallelClusterConfig:\n    Image: { CustomAmi: ${A} }\n    LoginNodes: { Pools: [{ Image: { CustomAmi: ${B} } }] }\n    HeadNode: { Image: { CustomAmi: ${A} } }\n  CustomAmi: ${SHORT}\n  ComputeNodeAmi: ${SHORT}\n`;
  expect(references(read('config.yml', text))).toEqual([
    `3:25 root slurm.ParallelClusterConfig.Image.CustomAmi ${A}`,
    `4:49 login slurm.ParallelClusterConfig.LoginNodes.Pools[0].Image.CustomAmi ${B}`,
    `5:37 head slurm.ParallelClusterConfig.HeadNode.Image.CustomAmi ${A}`,
    `6:14 other slurm.CustomAmi ${SHORT}`,
    `7:19 variable slurm.ComputeNodeAmi ${SHORT}`,
  ]);
});

it('finds references in a cluster config at the four places only', () => {
  const text = `Image: { CustomAmi: ${A} }\nTags: [{ Key: x, Value: ${B} }]\nHeadNode: { CustomActions: { OnNodeStart: { Args: [${B}] } } }\nX: { CustomAmi: ${SHORT} }\n`;
  expect(references(read('c.yaml', text))).toEqual([
    `1:21 root Image.CustomAmi ${A}`,
    `4:17 other X.CustomAmi ${SHORT}`,
  ]);
});

it('reports a config inside a block of text', () => {
  const text = `kind: ConfigMap\ndata:\n  c.yaml: |\n    Image:\n      CustomAmi: ${A}\n`;
  const found = read('map.yaml', text);
  expect(indirect(found)).toEqual([
    `5:18 data.c.yaml ${A} // the id is part of a longer text; literal mode moves it`,
  ]);
  expect(references(found)).toEqual([]);
});
