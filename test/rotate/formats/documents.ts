/** Random documents of each format, as people write them, and the scraps of broken ones. */
import * as fc from 'fast-check';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: length, maxLength: length });

export const id: fc.Arbitrary<string> = fc.oneof(hex(8), hex(17)).map((digits) => `ami-${digits}`);

const name = fc.constantFrom('ami', 'image_id', 'CustomAmi', 'us-east-1', 'region', 'ami_a1', 'Größe_ami');
const word = fc.constantFrom('x', 'eu-west-1', "it's", 'größer 日本 🧪', '# no comment', '; neither', '');
const lineEnd = fc.constantFrom('\n', '\r\n');
const mark = fc.constantFrom('', '\ufeff');

/** Lines with one kind of line end, sometimes with a byte order mark, sometimes without a final line end. */
function file(all: fc.Arbitrary<string[]>, ends: fc.Arbitrary<string> = lineEnd): fc.Arbitrary<string> {
  return fc.tuple(all, ends, mark, fc.boolean()).map(([each, end, first, last]) => {
    const text = each.join('\n').replaceAll('\n', end);
    return first + text + (last ? end : '');
  });
}

function lines(line: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  return fc.array(line, { minLength: 1, maxLength: 8 });
}

const fill = (text: string, values: readonly string[]) =>
  values.reduce((filled, value) => filled.replace('%', () => value), text);

/** A line with ids in the place of `%`. */
function withIds(...patterns: string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...patterns), fc.array(id, { minLength: 4, maxLength: 4 }))
    .map(([text, ids]) => fill(text, ids));
}

const hclLine = fc.oneof(
  {
    weight: 4,
    arbitrary: withIds(
      'locals { a = "%" }',
      'variable "x" {\n  default = "%" # was %\n}',
      'x "y" "z" { amis = { us-east-1 = "%", "eu-west-1" : "%" } }',
      'resource "aws_instance" "x" {\n  ami = var.y ? "%" : "%"\n}',
      'module "m" {\n  list = [\n    "%", // %\n    "%",\n  ]\n}',
      'locals { b = lookup(var.x, "k", "%") }',
      'locals { c = yamlencode({ HeadNode = { Image = { CustomAmi = "%" } } }) }',
    ),
  },
  {
    weight: 1,
    arbitrary: withIds(
      '# %',
      '/* %\n% */',
      'locals { d = "a % b" }',
      'locals { e = var.x == "%" }',
      'locals {\n  f = <<-EOT\n  ami = "%"\n  EOT\n}',
      'locals { g = "${var.x ? "%" : "y"}" }',
      'locals { h = replace("%", "%", "%") }',
      'locals { i = [for x in ["%"] : x] }',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '// größer 日本 🧪',
      'locals { z = "it\'s # {" }',
      'locals { n = -1 + 2 }',
    ),
  },
);

const jsonValue = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    { weight: 3, arbitrary: id.map((one) => `"${one}"`) },
    {
      weight: 1,
      arbitrary: fc.oneof(
        word.map((one) => JSON.stringify(one)),
        fc.constantFrom('1', 'null', 'true', '012e'.slice(1, 2), '1.50'),
      ),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.uniqueArray(fc.tuple(name, tie('value')), { selector: ([key]) => key, maxLength: 4 }),
          fc.constantFrom(' ', '\n\t'),
          fc.constantFrom('', ' // ami-01234567\n'),
          fc.boolean(),
        )
        .map(([pairs, gap, comment, trailing]) => {
          const items = pairs.map(([key, value]) => `${gap}${JSON.stringify(key)}:${gap}${value}`);
          return `{${items.join(',')}${trailing && items.length > 0 ? ',' : ''}${comment}${gap}}`;
        }),
    },
    {
      weight: 1,
      arbitrary: fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    },
  ),
})).value;

const iniLine = fc.oneof(
  {
    weight: 3,
    arbitrary: withIds('custom_ami = %', 'custom_ami=% # our-image', 'ami: % ; %', 'image  =  %  '),
  },
  { weight: 1, arbitrary: withIds('# %', '; custom_ami = %', 'note = was % then %', 'x = %-y') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '[aws]',
      '[cluster default]',
      '[cluster x] # y',
      'base_os = alinux2',
      '',
      'key',
      'größe = 日本',
    ),
  },
);

const shellLine = fc.oneof(
  {
    weight: 4,
    arbitrary: withIds(
      'AMI=%',
      'export A="%" B=\'%\' # was %',
      'readonly C=%; D=%',
      'E="${E:-%}"',
      ': "${F:=%}"',
      'L=(% "%"\n  %)',
      'declare -A M=([us-east-1]=% ["eu-west-1"]="%")',
      'if true; then G=%; fi',
      'case "$r" in us-east-1) H=% ;; *) H=%;; esac',
      'I="$(J=%; echo "it\'s $J")"',
    ),
  },
  {
    weight: 1,
    arbitrary: withIds(
      '# %',
      'aws ec2 run-instances --image-id %',
      "cat <<EOF\nit's\nAMI=%\nEOF",
      'K="Image: %"',
      "echo 'x\nAMI=%\n'",
      'make AMI=%',
      'x=$((1 << 2)) # %',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', 'echo "größer 日本"', 'f() { :; }', "y=${z//'/x'}", 'set -euo pipefail'),
  },
);

const envLine = fc.oneof(
  { weight: 3, arbitrary: withIds('AMI=%', 'export A="%" # was %', "B = '%'", 'C=%   ') },
  { weight: 1, arbitrary: withIds('# AMI=%', 'D=the % one', "E=it's", 'F=#%', 'G="%') },
);

const textLine = fc.oneof(
  {
    weight: 3,
    arbitrary: withIds('CustomAmi: % # our-image', '{{ x | default("%") }} % %', '<p>%</p>', '%,%;%.'),
  },
  { weight: 1, arbitrary: withIds('x-% _% %0', '') },
  { weight: 1, arbitrary: word },
);

/** By file extension. */
export const documents: Readonly<Record<string, fc.Arbitrary<string>>> = {
  tf: file(lines(hclLine)),
  json: fc.tuple(jsonValue, mark).map(([text, first]) => first + text),
  ini: file(lines(iniLine), fc.constantFrom('\n', '\r\n', '\r')),
  sh: file(lines(shellLine), fc.constant('\n')),
  env: file(lines(envLine)),
  txt: file(lines(textLine), fc.constantFrom('\n', '\r\n', '\r')),
};

/** Pieces for documents that no format expects. */
export const scraps: readonly string[] = [
  ...'a = ·b { ·} ·[ ·] ·( ·) ·"·\'·`·, ·: ·? ·== ·=> ·... ·${·%{·$${·$(·$((·<<EOT\n·<<-E\n·<<<·EOT\n·\\·\n·\r\n·\r·\t·\0·#·//·/*·*/·;·;;·&&·|·'.split(
    '·',
  ),
  ...'for x in ·case x in ·esac ·export ·[cluster x]\n·[aws]\n·custom_ami = ·"CustomAmi": ·"Image": {·"Resources": {·"Type": "AWS::X"·"Properties": {·"Fn::If": [·{"Ref": "X"}·"Build": {·"ParentImage": '.split(
    '·',
  ),
  ...'ami-0123456789abcdef0·"ami-1a2b3c4d"·AMI=ami-1a2b3c4d·[x]=·X=(·ami-·\u00ef\u00bb\u00bf·\u00ff·us-east-1·"region": "us-east-1",·null·1e5·-'.split(
    '·',
  ),
];
