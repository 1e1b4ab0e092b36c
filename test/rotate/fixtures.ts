/** Cluster configs in every form that rotation must read, with the expected findings. */

export interface Fixture {
  title: string;
  bytes: Buffer;
  /** `line:column scope path id` */
  references: string[];
  /** `line:column path found`, and a word of the reason after ` // `. */
  indirect?: string[];
  /** `line:column` of the syntax error. */
  error?: string;
}

export const A = 'ami-0123456789abcdef0';
export const B = 'ami-0fedcba9876543210';
export const SHORT = 'ami-1a2b3c4d';

const queue = 'Scheduling.SlurmQueues[0].Image.CustomAmi';

function fixture(
  title: string,
  text: string | Buffer,
  references: string[],
  more: Partial<Fixture> = {},
): Fixture {
  return { title, bytes: Buffer.isBuffer(text) ? text : Buffer.from(text), references, ...more };
}

const plain = `Region: eu-west-1
Image:
  Os: alinux2
  CustomAmi: ${A}   # bakery-alinux2, 2026-10-01
HeadNode:
  Image: { CustomAmi: ${A} }
Scheduling:
  Scheduler: slurm
  SlurmQueues:
    - Name: q1
      Image:
        CustomAmi: "${B}" # gpu
    # - Name: old
    #   Image: { CustomAmi: ${SHORT} }
    - Name: q2
      Image:
        CustomAmi: '${SHORT}'
LoginNodes:
  Pools:
  - Name: login
    Image:
      CustomAmi: ${B}
`;
const plainReferences = [
  `4:14 root Image.CustomAmi ${A}`,
  `6:23 head HeadNode.Image.CustomAmi ${A}`,
  `12:21 queue ${queue} ${B}`,
  `17:21 queue Scheduling.SlurmQueues[1].Image.CustomAmi ${SHORT}`,
  `22:18 login LoginNodes.Pools[0].Image.CustomAmi ${B}`,
];

function inQueue(value: string, before = ''): string {
  return `${before}Scheduling:\n  SlurmQueues:\n    - Image:\n        CustomAmi: ${value}\n`;
}

function root(value: string): string {
  return `Image:\n  CustomAmi: ${value}\n`;
}

export const fixtures: Fixture[] = [
  fixture('every place that ParallelCluster has', plain, plainReferences),
  fixture('CR LF', plain.replaceAll('\n', '\r\n'), plainReferences),
  fixture('lone CR', plain.replaceAll('\n', '\r'), plainReferences),
  fixture(
    'mixed line ends',
    plain.replace(/\n/g, (_, at: number) => (at % 2 ? '\n' : '\r\n')),
    plainReferences,
  ),
  fixture('a byte order mark', `\ufeff${plain}`, plainReferences),
  fixture('a byte order mark before the very line', `\ufeffImage: { CustomAmi: ${A} }`, [
    `1:21 root Image.CustomAmi ${A}`,
  ]),
  fixture('no end of the last line', plain.trimEnd(), plainReferences),
  fixture(
    'trailing blanks and blank lines',
    plain.replaceAll('\n', ' \t\n\n'),
    plainReferences.map((line) => line.replace(/^\d+/, (number) => String(2 * Number(number) - 1))),
  ),
  fixture(
    'Latin-1 bytes that are no UTF-8',
    Buffer.concat([Buffer.from('# M\xfcnchen \xff\xfe\n', 'latin1'), Buffer.from(root(A))]),
    [`3:14 root Image.CustomAmi ${A}`],
  ),
  fixture(
    'characters of several bytes before the id',
    `Image: { Os: alinux2, X: "日本語 🧪", CustomAmi: ${A} }\n`,
    [`1:46 root Image.CustomAmi ${A}`],
  ),
  fixture(
    'JSON',
    JSON.stringify({ Image: { CustomAmi: A }, Scheduling: { SlurmQueues: [{ Image: { CustomAmi: B } }] } }),
    [`1:24 root Image.CustomAmi ${A}`, `1:100 queue ${queue} ${B}`],
  ),
  fixture('JSON with tabs', `{\n\t"Image": {\n\t\t"CustomAmi":\t"${A}"\n\t}\n}\n`, [
    `3:17 root Image.CustomAmi ${A}`,
  ]),
  fixture('a tab behind the colon', root(`\t${A}`), [`2:15 root Image.CustomAmi ${A}`]),
  fixture('a folded block', root(`>-\n    ${A}`), [`3:5 root Image.CustomAmi ${A}`]),
  fixture('a literal block with the same id in its header comment', root(`| # ${A} again\n    ${A}`), [
    `3:5 root Image.CustomAmi ${A}`,
  ]),
  fixture('the value on the next line', root(`\n    ${A}`), [`3:5 root Image.CustomAmi ${A}`]),
  fixture('explicit keys', `? Image\n: ? CustomAmi\n  : ${A}\n`, [`3:5 root Image.CustomAmi ${A}`]),
  fixture('quoted keys', `"Image":\n  'CustomAmi': ${A}\n`, [`2:16 root Image.CustomAmi ${A}`]),
  fixture('a string tag', root(`!!str ${A}`), [`2:20 root Image.CustomAmi ${A}`]),
  fixture('an anchor at the value itself', root(`&ami ${A}`), [`2:19 root Image.CustomAmi ${A}`]),
  fixture(
    'one anchor for two queues',
    `x-ami: &ami ${A}\nScheduling:\n  SlurmQueues:\n    - Image: { CustomAmi: *ami }\n    - Image: { CustomAmi: *ami }\n`,
    [`1:13 queue ${queue} ${A} ×2`],
  ),
  fixture('one anchor for the root and a queue', inQueue('*ami', root(`&ami ${A}`)), [
    `2:19 root Image.CustomAmi ${A} ×2`,
  ]),
  fixture(
    'one anchor for a queue and, later in the file, the head node',
    `${inQueue(`&ami ${A}`)}HeadNode: { Image: { CustomAmi: *ami } }\n`,
    [`4:25 head HeadNode.Image.CustomAmi ${A} ×2`],
  ),
  fixture('an anchor written twice', `a: &x ${B}\nb: &x ${A}\n${inQueue('*x')}`, [`2:7 queue ${queue} ${A}`]),
  fixture(
    'an alias of the whole image',
    `x-image: &image\n  CustomAmi: ${A}\nScheduling: { SlurmQueues: [{ Image: *image }] }\n`,
    [`2:14 queue ${queue} ${A}`],
  ),
  fixture(
    'an alias of the whole list of queues',
    `x: &queues\n  - Image: { CustomAmi: ${A} }\nScheduling: { SlurmQueues: *queues }\n`,
    [`2:25 queue ${queue} ${A}`],
  ),
  fixture(
    'a merge key',
    `x: &d\n  Image: { CustomAmi: ${A} }\nScheduling:\n  SlurmQueues:\n    - <<: *d\n      Name: q\n    - <<: [*d]\n      Image: { CustomAmi: ${B} }\n`,
    [`2:23 queue ${queue} ${A}`, `8:27 queue Scheduling.SlurmQueues[1].Image.CustomAmi ${B}`],
  ),
  fixture('several documents', `---\n${root(A)}---\n${inQueue(B)}...\n`, [
    `3:14 root Image.CustomAmi ${A}`,
    `8:20 queue ${queue} ${B}`,
  ]),
  fixture('a YAML directive', `%YAML 1.1\n---\n${root(A)}`, [`4:14 root Image.CustomAmi ${A}`]),
  fixture(
    'leading zeros and values that other libraries reprint',
    `Tags: [{ Key: account, Value: 012345678901 }, { Key: x, Value: 0x1F }]\nDate: 2026-01-01\n${root(A)}`,
    [`4:14 root Image.CustomAmi ${A}`],
  ),
  fixture(
    'compact flow maps without blanks',
    `{Image: {CustomAmi: ${A}},Scheduling: {SlurmQueues: [{Image: {CustomAmi: ${SHORT}}}]}}`,
    [`1:21 root Image.CustomAmi ${A}`, `1:91 queue ${queue} ${SHORT}`],
  ),
  fixture(
    'the same id in a comment, a tag and a script',
    `# ${A}\nTags: [{ Key: ami, Value: ${A} }]\nHeadNode:\n  CustomActions:\n    OnNodeStart: { Args: [${A}] }\n${root(A)}`,
    [`7:14 root Image.CustomAmi ${A}`],
  ),
  fixture(
    'a CloudFormation template around the config',
    `Resources:\n  C:\n    Properties:\n      ClusterConfiguration:\n        Image: { CustomAmi: ${A} }\n`,
    [`5:29 root Resources.C.Properties.ClusterConfiguration.Image.CustomAmi ${A}`],
  ),

  fixture(
    'four blanks, aligned values, blanks before the comment',
    `Image:\n    Os:        alinux2\n    CustomAmi:   ${A}     # x\n`,
    [`3:18 root Image.CustomAmi ${A}`],
  ),
  fixture(
    'a list at the indent of its key',
    `Scheduling:\n  SlurmQueues:\n  - Image:\n      CustomAmi: ${A}\n`,
    [`4:18 queue ${queue} ${A}`],
  ),
  fixture('a dash alone on its line', `Scheduling:\n  SlurmQueues:\n  -\n    Image: { CustomAmi: ${A} }\n`, [
    `4:25 queue ${queue} ${A}`,
  ]),
  fixture('a blank before the colon', `Image:\n  CustomAmi : ${A}\n`, [`2:15 root Image.CustomAmi ${A}`]),
  fixture('comments between key and value', `Image: # of all\n# none\n  CustomAmi: # ${B}\n    ${A}\n`, [
    `4:5 root Image.CustomAmi ${A}`,
  ]),
  fixture('a %TAG and a shorthand', `%TAG !y! tag:yaml.org,2002:\n---\nImage:\n  CustomAmi: !y!str ${A}\n`, [
    `4:21 root Image.CustomAmi ${A}`,
  ]),
  fixture(
    'strings and lists that the library would fold or explode',
    `Tags: [{ Key: ${'long '.repeat(30)}, Value: "${'x y '.repeat(40)}" }]\n${root(A)}`,
    [`3:14 root Image.CustomAmi ${A}`],
  ),
  fixture(
    'CloudFormation functions around it',
    `Region: !Ref AWS::Region\nHeadNode: { Ssh: !If [A, !Ref K, b] }\n${root(A)}`,
    [`4:14 root Image.CustomAmi ${A}`],
  ),
  fixture(
    'a merge of merges',
    `a: &a { Image: { CustomAmi: ${A} } }\nb: &b { <<: *a }\nHeadNode: { <<: *b }\n`,
    [`1:29 head HeadNode.Image.CustomAmi ${A}`],
  ),
  fixture('an id behind control characters in a comment', `# \u0007\u001b[31m\n${root(A)}`, [
    `3:14 root Image.CustomAmi ${A}`,
  ]),
  fixture(
    'a name of a config in a block of text',
    `HeadNode:\n  Note: |\n    Image:\n      CustomAmi: ${B}\n${root(A)}`,
    [`6:14 root Image.CustomAmi ${A}`],
  ),
  fixture(
    'ids of eight digits beside those of seventeen',
    `${inQueue(SHORT, root(A))}    - Image: { CustomAmi: ${SHORT} }\n`,
    [
      `2:14 root Image.CustomAmi ${A}`,
      `6:20 queue ${queue} ${SHORT}`,
      `7:27 queue Scheduling.SlurmQueues[1].Image.CustomAmi ${SHORT}`,
    ],
  ),

  // Values without an id, which stay.
  fixture('a CloudFormation function', root('!Ref Ami'), [], {
    indirect: ['2:19 Image.CustomAmi !Ref Ami // function !Ref'],
  }),
  fixture('a function around an id', root(`!Sub ${A}`), [], {
    indirect: [`2:19 Image.CustomAmi !Sub ${A} // function !Sub`],
  }),
  fixture('a function in long form', root('{ Ref: Ami }'), [], {
    indirect: ['2:14 Image.CustomAmi { Ref: Ami } // CloudFormation'],
  }),
  fixture('a Jinja value that is YAML by accident', root('{{custom_ami}}'), [], {
    indirect: ['2:14 Image.CustomAmi {{custom_ami}} // placeholder'],
  }),
  fixture('a quoted Jinja value with an id as default', root(`"{{ ami | default('${A}') }}"`), [], {
    indirect: [`2:14 Image.CustomAmi "{{ ami | default('${A}') }}" // placeholder`],
  }),
  fixture('an SSM reference', root('resolve:ssm:/hpc/ami'), [], {
    indirect: ['2:14 Image.CustomAmi resolve:ssm:/hpc/ami // refuses an SSM reference'],
  }),
  fixture('a shell placeholder', root('${AMI}'), [], {
    indirect: ['2:14 Image.CustomAmi ${AMI} // placeholder'],
  }),
  fixture('a quoted shell placeholder', root('"${AMI}"'), [], {
    indirect: ['2:14 Image.CustomAmi "${AMI}" // placeholder'],
  }),
  fixture('a sed placeholder', root('__AMI_ID__'), [], {
    indirect: ['2:14 Image.CustomAmi __AMI_ID__ // placeholder'],
  }),
  fixture('a placeholder in angle brackets', root('<your-ami>'), [], {
    indirect: ['2:14 Image.CustomAmi <your-ami> // placeholder'],
  }),
  fixture('nothing at all', root(''), [], { indirect: ['2:3 Image.CustomAmi  // no AMI id'] }),
  fixture('a null', root('~'), [], { indirect: ['2:14 Image.CustomAmi ~ // no AMI id'] }),
  fixture('an id with an escape', root('"\\u0061mi-0123456789abcdef0"'), [], {
    indirect: ['2:14 Image.CustomAmi "\\u0061mi-0123456789abcdef0" // escape'],
  }),
  fixture('an id folded in its quotes', root('"ami-0123\\\n    456789abcdef0"'), [], {
    indirect: ['2:14 Image.CustomAmi "ami-0123\\ // escape'],
  }),
  fixture('an id of a wrong length', root('ami-012345678'), [], {
    indirect: ['2:14 Image.CustomAmi ami-012345678 // 8 or 17'],
  }),
  fixture('an id in capitals', root(A.toUpperCase()), [], {
    indirect: [`2:14 Image.CustomAmi ${A.toUpperCase()} // not an AMI id`],
  }),
  fixture('an id with more behind it', root(`${A} ${B}`), [], {
    indirect: [`2:14 Image.CustomAmi ${A} ${B} // 8 or 17`],
  }),
  fixture('a list', root(`[${A}]`), [], { indirect: [`2:14 Image.CustomAmi [${A}] // not an AMI id`] }),
  fixture(
    'Jinja statements',
    `{% if gpu %}\nImage:\n  CustomAmi: ${A}\n{% endif %}\n# CustomAmi: ${B}\n`,
    [],
    {
      indirect: [`3:14 CustomAmi ${A} // template`],
    },
  ),
  fixture('a bare placeholder in braces', 'Image: {CustomAmi: ${AMI}}\n', [], {
    indirect: ['1:20 CustomAmi ${AMI}} // template'],
  }),
  fixture('UTF-16', Buffer.from(`\ufeff${plain}`, 'utf16le'), [], { indirect: ['1:1  CustomAmi // UTF-16'] }),
  fixture('UTF-16, the other byte order', Buffer.from(`\ufeff${plain}`, 'utf16le').swap16(), [], {
    indirect: ['1:1  CustomAmi // UTF-16'],
  }),

  // Without any word of ParallelCluster.
  fixture('a file without an id', 'Image: alinux2\nbroken: [\n', []),
  fixture('an empty file', '', []),

  // Broken files, which are skipped.
  fixture('a list left open', `${plain}Tags: [\n`, [], { error: '24:1' }),
  fixture('a tab as indent', `Image:\n\tCustomAmi: ${A}\n`, [], { error: '2:1' }),
  fixture('a key written twice', `${root(A)}${root(B)}`, [], { error: '3:1' }),
  fixture('an alias without its anchor', root('*nowhere'), [], { error: '2:14' }),
  fixture('quotes left open', root(`"${A}`), [], { error: '3:1' }),
];
