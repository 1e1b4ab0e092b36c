/** Tests of AMI references in INI, mainly in configs of ParallelCluster 2.x. */
import { expect, it } from 'vitest';
import { A, B, errors, indirect, read, references, SHORT } from './shown.ts';

const LONGER = 'the id is part of a longer text; literal mode moves it';

const config = `[aws]
aws_region_name = eu-west-1

[global]
cluster_template = default
; custom_ami = ${SHORT}

[cluster default]
base_os = alinux2
custom_ami = ${A} # our AMI: corp-alinux2-2.11.9
master_instance_type = c5.large
compute_instance_type = c5.18xlarge
master_root_volume_size = 60
compute_root_volume_size = 50

[cluster  gpu]
  base_os = ubuntu1804
  Custom_AMI: ${B}
`;

it('finds the image of each cluster, in a file of any name, with its restrictions', () => {
  for (const name of [
    'config',
    '.parallelcluster/config',
    'playground',
    'a.ini',
    'a.ini.tmpl',
    'a.cfg',
    'a.cluster',
  ]) {
    const found = read(name, config);
    expect(references(found)).toEqual([
      `10:14 root cluster default.custom_ami ${A} in eu-west-1 # our AMI: corp-alinux2-2.11.9`,
      `18:15 root cluster gpu.custom_ami ${B} in eu-west-1`,
    ]);
    expect([...indirect(found), ...errors(found)]).toEqual([]);
    expect(found.cluster).toEqual({ region: 'eu-west-1', os: 'alinux2' });
    const [first, second] = found.references;
    expect(first).toMatchObject({
      os: 'alinux2',
      rootVolumeGiB: 50,
      instanceTypes: ['c5.large', 'c5.18xlarge'],
    });
    expect(second).toMatchObject({ os: 'ubuntu1804' });
    expect(second).not.toHaveProperty('rootVolumeGiB');
  }
});

it('reads CR LF, lone CR and a byte order mark', () => {
  for (const end of ['\r\n', '\r']) {
    const found = read('config', `\ufeff${config}`.replaceAll('\n', end));
    expect(found.references.map(({ line, column, id }) => [line, column, id])).toEqual([
      [10, 14, A],
      [18, 15, B],
    ]);
  }
});

it.each([
  ['{WRF_AMI}', '2:14 cluster x.custom_ami {WRF_AMI} // a placeholder: filling the template inserts the id'],
  [
    '<Your Custom AMI Id>',
    '2:14 cluster x.custom_ami <Your Custom AMI Id> // a placeholder: filling the template inserts the id',
  ],
  [
    '{{ cookiecutter.ami }}',
    '2:14 cluster x.custom_ami {{ cookiecutter.ami }} // a placeholder: filling the template inserts the id',
  ],
  ['ami-1', '2:14 cluster x.custom_ami ami-1 // not an AMI id: ami- and 8 or 17 hex digits were expected'],
  [
    `${A}\n  ${B}`,
    `2:14 cluster x.custom_ami ${A} // the value continues on the next line; write it on one line`,
  ],
])('reports a cluster whose image is %s', (value, wanted) => {
  const found = read('config', `[cluster x]\ncustom_ami = ${value}\n`);
  expect(indirect(found)[0]).toBe(wanted);
  expect(references(found)).toEqual([]);
});

it('finds ids that are the whole value of any other key, and reports those that are not', () => {
  const found = read(
    'hosts.ini',
    `ami = ${SHORT}\n[web]\nhost1 ansible_host=1 ami=${A}\nimage: ${B} ; new\nnote = was ${A}, now\n`,
  );
  expect(references(found)).toEqual([`1:7 variable ami ${SHORT}`, `4:8 variable web.image ${B} # new`]);
  expect(indirect(found)).toEqual([
    `3:26 web.host1 ansible_host ${A} // ${LONGER}`,
    `5:12 web.note ${A} // ${LONGER}`,
  ]);
});

it('reads no other file as INI', () => {
  expect(read('x.yaml', `[cluster x]\ncustom_ami = ${A}\n`).references).toEqual([]);
  expect(read('x', `[cluster, global]\n`).references).toEqual([]);
});
