/**
 * The ways in which public repositories write custom AMIs: one small file of our own for each, with the expected
 * findings.
 */
import { describe, expect, it } from 'vitest';
import { A, B, errors, indirect, read, references, SHORT } from './shown.ts';

interface Style {
  title: string;
  file: string;
  text: string;
  references?: string[];
  /** `line:column path found`, and a word of the reason. */
  indirect?: [string, string][];
  literal?: boolean;
}

const QUEUE = 'Scheduling.SlurmQueues[0].Image.CustomAmi';

const styles: Style[] = [
  {
    title: 'another image for each queue, with name and date after it, and an old one in a comment',
    file: 'config.yaml',
    text: `Scheduling:\n  SlurmQueues:\n    - Image:\n        CustomAmi: ${A} # ubuntu2004 2026-01-01\n        # CustomAmi: ${SHORT}\n    - Image:\n        CustomAmi: ${B} # ubuntu2204 2026-01-02\n`,
    references: [
      `4:20 queue ${QUEUE} ${A} # ubuntu2004 2026-01-01`,
      `7:20 queue Scheduling.SlurmQueues[1].Image.CustomAmi ${B} # ubuntu2204 2026-01-02`,
    ],
  },
  {
    title: 'one image at the root and in a queue',
    file: 'config.yaml',
    text: `Image:\n  CustomAmi: ${A}\nScheduling:\n  SlurmQueues:\n    - Image: { CustomAmi: ${A} }\n`,
    references: [`2:14 root Image.CustomAmi ${A}`, `5:27 queue ${QUEUE} ${A}`],
  },
  {
    title: 'a Region in China, a comment by hand',
    file: 'config-china.yaml',
    text: `Region: cn-north-1\nImage:\n  CustomAmi: ${SHORT} # alinux2 with our agent\n`,
    references: [`3:14 root Image.CustomAmi ${SHORT} in cn-north-1 # alinux2 with our agent`],
  },
  {
    title: 'a queue in a file full of words for sed',
    file: 'cluster.yaml',
    text: `Region: REGSUB_REGION\nHeadNode:\n  Networking: { SubnetId: REGSUB_SUBNET }\n  Image: { CustomAmi: REGSUB_AMI }\nScheduling:\n  SlurmQueues:\n    - Image:\n        CustomAmi: ${A}\n`,
    references: [`8:20 queue ${QUEUE} ${A}`],
    indirect: [['4:23 HeadNode.Image.CustomAmi REGSUB_AMI', 'placeholder']],
  },
  {
    title: 'a word for Python to replace, twice',
    file: 'cluster.yaml',
    text: `Image:\n  CustomAmi: __AMI_ID__\nHeadNode:\n  Image:\n    CustomAmi: __AMI_ID__\n`,
    indirect: [
      ['2:14 Image.CustomAmi __AMI_ID__', 'placeholder'],
      ['5:16 HeadNode.Image.CustomAmi __AMI_ID__', 'placeholder'],
    ],
  },
  {
    title: "a bakery's input: Image Builder's recipe in CloudFormation",
    file: 'imagebuilder.yaml',
    text: `Resources:\n  Recipe:\n    Type: AWS::ImageBuilder::ImageRecipe\n    Properties:\n      ParentImage: ${A} # alinux2\n`,
    references: [`5:20 parent Resources.Recipe.Properties.ParentImage ${A} # alinux2`],
  },
  {
    title: 'a shell variable with former ids in comments',
    file: 'deploy.sh',
    text: `#!/bin/bash\n#AMI=${B}\n#AMI=${SHORT} # before\nAMI=${A}\nsed "s/AMI/$AMI/" config.tmpl\n`,
    references: [`4:5 variable AMI ${A}`],
  },
  {
    title: 'a bare word in a template',
    file: 'config/cluster.tmpl',
    text: `Image:\n  CustomAmi: AMI\n`,
    indirect: [['2:14 Image.CustomAmi AMI', 'not an AMI id']],
  },
  {
    title: 'a quoted word that yq overwrites',
    file: 'gromacs.yaml',
    text: `Image:\n  CustomAmi: '{GROMACS_AMI}'\n`,
    indirect: [["2:14 Image.CustomAmi '{GROMACS_AMI}'", 'placeholder']],
  },
  {
    title: 'a word in braces in the INI of 2.x',
    file: 'wrf.ini',
    text: `[cluster wrf]\ncustom_ami = {WRF_AMI}\n`,
    indirect: [['2:14 cluster wrf.custom_ami {WRF_AMI}', 'placeholder']],
  },
  {
    title: 'a variable for envsubst, in a file with an odd extension',
    file: 'pcluster-gromacs.yaml-template',
    text: `Image:\n  CustomAmi: "\${GROMACS_AMI}"\n`,
    indirect: [['2:14 Image.CustomAmi "${GROMACS_AMI}"', 'placeholder']],
  },
  {
    title: 'the exported variable of another file, which fills a whole line',
    file: 'environment-variables.sh',
    text: `export HEAD_NODE_CUSTOM_AMI="${A}"\nexport HEAD_NODE_CUSTOM_AMI_CONFIG="CustomAmi: \${HEAD_NODE_CUSTOM_AMI}"\n`,
    references: [`1:30 variable HEAD_NODE_CUSTOM_AMI ${A}`],
  },
  {
    title: 'a short false id',
    file: 'test/cluster.yaml',
    text: `Image: { CustomAmi: ami-1 }\n`,
    indirect: [['1:21 Image.CustomAmi ami-1', '8 or 17']],
  },
  {
    title: 'the INI of 2.x without a file extension',
    file: 'configs/playground',
    text: `[cluster default]\nbase_os = alinux2\ncustom_ami = ${A} # our AMI: corp-alinux2\n`,
    references: [`3:14 root cluster default.custom_ami ${A} # our AMI: corp-alinux2`],
  },
  {
    title: 'an INI that crudini fills',
    file: 'multi-queue-config.ini',
    text: `[cluster c]\ncustom_ami = <Your Custom AMI Id>\n`,
    indirect: [['2:14 cluster c.custom_ami <Your Custom AMI Id>', 'placeholder']],
  },
  {
    title: 'a shell variable, and INI in a heredoc',
    file: 'create_cluster.sh',
    text: `AMI=${A}\ncat > config <<EOF\n[cluster default]\ncustom_ami = $AMI\nold = ${B}\nEOF\n`,
    references: [`1:5 variable AMI ${A}`],
    indirect: [[`5:7  ${B}`, 'heredoc']],
  },
  {
    title: 'an id that Python computes',
    file: 'start_cluster.py',
    text: `config = {"Image": {"CustomAmi": find_ami(version)}}\n`,
    indirect: [['1:34  find_ami(version)', 'does not know what uses']],
  },
  {
    title: 'a cookiecutter variable',
    file: '{{cookiecutter.name}}/config',
    text: `[global]\nx = y\n[cluster a]\ncustom_ami = {{ cookiecutter.ami }}\n`,
    indirect: [['4:14 cluster a.custom_ami {{ cookiecutter.ami }}', 'placeholder']],
  },
  {
    title: 'a variable of Terraform that becomes a parameter of CloudFormation',
    file: 'variables.tf',
    text: `variable "custom_ami" {\n  default = "${A}"\n}\nresource "aws_cloudformation_stack" "c" {\n  parameters = { CustomAMI = var.custom_ami }\n}\n`,
    references: [`2:14 parameter variable.custom_ami.default ${A}`],
  },
  {
    title: "an application's own YAML around a cluster config",
    file: 'config.yml',
    text: `slurm:\n  ParallelClusterConfig:\n    Image: { CustomAmi: ${A} }\n    ComputeNodeAmi: ${B}\n    LoginNodes: { Pools: [{ Image: { CustomAmi: ${SHORT} } }] }\n`,
    references: [
      `3:25 root slurm.ParallelClusterConfig.Image.CustomAmi ${A}`,
      `4:21 variable slurm.ParallelClusterConfig.ComputeNodeAmi ${B}`,
      `5:49 login slurm.ParallelClusterConfig.LoginNodes.Pools[0].Image.CustomAmi ${SHORT}`,
    ],
  },
  {
    title: 'YAML in a heredoc of a script, with an apostrophe in the placeholder',
    file: 'example_parallelcluster.sh',
    text: `cat << EOF > cluster.yaml\nHeadNode:\n  Image:\n    CustomAmi: <the image's id>\nQueue: ${A}\nEOF\nAMI=${B}\n`,
    references: [`7:5 variable AMI ${B}`],
    indirect: [[`5:8  ${A}`, 'heredoc']],
  },
  {
    title: 'a custom resource whose image is a parameter read from SSM',
    file: 'isolated.cfn.yml',
    text: `Parameters:\n  Ami: { Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: /hpc/ami }\nResources:\n  C:\n    Type: Custom::PclusterCluster\n    Properties:\n      ClusterConfiguration:\n        Image: { CustomAmi: !Ref Ami }\n`,
    indirect: [
      ['8:34 Resources.C.Properties.ClusterConfiguration.Image.CustomAmi !Ref Ami', 'SSM: /hpc/ami'],
    ],
  },
  {
    title: 'AWS PCS, whose image another stack exports',
    file: 'pcs-cluster.yaml',
    text: `Resources:\n  G:\n    Type: AWS::PCS::ComputeNodeGroup\n    Properties:\n      AmiId: { Fn::ImportValue: hpc-ami }\n`,
    indirect: [['5:14 Resources.G.Properties.AmiId { Fn::ImportValue: hpc-ami }', 'exports it as hpc-ami']],
  },
  {
    title: 'a cluster config as a Python dict',
    file: 'hpc_cluster_stack.py',
    text: `config = {\n    "Image": {"CustomAmi": "${A}"},\n}\n`,
    indirect: [[`2:29  ${A}`, 'does not know what uses']],
  },
  {
    title: 'the same, in literal mode',
    file: 'hpc_cluster_stack.py',
    text: `config = {\n    "Image": {"CustomAmi": "${A}"},  # our-image\n}\n`,
    literal: true,
    references: [`2:29 root  ${A} # our-image`],
  },
  {
    title: 'a cluster config as an object of HCL',
    file: 'terraform_defined_clusters.tf',
    text: `locals {\n  clusters = {\n    one = {\n      configuration = {\n        HeadNode = { Image = { CustomAmi = "${A}" } }\n      }\n    }\n  }\n}\n`,
    references: [`5:45 head locals.clusters.one.configuration.HeadNode.Image.CustomAmi ${A}`],
  },
  {
    title: "Terraform's template of a config",
    file: 'cluster_config.yaml.tpl',
    text: `Image:\n  CustomAmi: \${ami}\n%{ if custom_ami != "" ~}\nHeadNode:\n  Image:\n    CustomAmi: ${A}\n%{ endif ~}\n`,
    indirect: [
      ['2:14 CustomAmi ${ami}', 'template'],
      [`6:16 CustomAmi ${A}`, 'template'],
    ],
  },
  {
    title: "a Jinja value of ParallelCluster's own tests",
    file: 'pcluster.config.yaml',
    text: `Image:\n  CustomAmi: {{custom_ami}}\n`,
    indirect: [['2:14 Image.CustomAmi {{custom_ami}}', 'placeholder']],
  },
  {
    title: 'YAML in documentation',
    file: 'set-up.rst',
    text: `.. code-block:: yaml\n\n   Image:\n     CustomAmi: ${A}\n`,
    indirect: [[`4:17  ${A}`, 'does not know what uses']],
  },
  {
    title: 'a reference of CloudFormation inside a config',
    file: 'cluster.yaml',
    text: `HeadNode:\n  Image:\n    CustomAmi: !Sub "{{resolve:ssm:/hpc/\${Name}}}"\n`,
    indirect: [['3:21 HeadNode.Image.CustomAmi !Sub "{{resolve:ssm:/hpc/${Name}}}"', 'function !Sub']],
  },
];

describe.each(styles)(
  '$title',
  ({ file, text, references: wanted = [], indirect: reported = [], literal }) => {
    const found = read(file, text, literal);

    it('has the expected references', () => {
      expect(references(found)).toEqual(wanted);
      expect(errors(found)).toEqual([]);
    });

    it('has the expected entries for values without an id', () => {
      const lines = indirect(found);
      expect(lines.map((line) => line.split(' // ')[0])).toEqual(reported.map(([line]) => line));
      for (const [index, [, word]] of reported.entries()) expect(lines[index]).toContain(word);
    });
  },
);
