/** Owns what is said of a CustomAmi that holds no AMI id, and of a file that is YAML only once it is filled in. */

const PLACEHOLDER = 'a placeholder: the id comes in when the template is filled';

const reasons: readonly (readonly [RegExp, string])[] = [
  [/^(~|null|)$/, 'no AMI id is written here'],
  [/^resolve:ssm:/, 'ParallelCluster takes an AMI id here, no SSM reference: its schema refuses this'],
  [/\{\{|\{%|%\{|\$\{|\$[A-Za-z_]|__\w+__|REGSUB_|^<.*>$|^[{@%].*[}@%]$/, PLACEHOLDER],
  [/^ami-/, 'not an AMI id: ami- and 8 or 17 hex digits were expected'],
  [/./, 'not an AMI id'],
];

/**
 * Why a value is not rotated.
 * @param raw as it stands in the file; `value` what a scalar means; `tag` its YAML tag
 */
export function indirectReason({
  raw,
  value,
  tag,
}: {
  raw: string;
  value?: string | undefined;
  tag?: string | undefined;
}): string {
  if (tag !== undefined && tag !== '!' && !tag.startsWith('tag:yaml.org')) {
    return `the function ${tag} decides it when the stack is deployed`;
  }
  if (value === undefined) {
    if (/\{\{|\$\{/.test(raw)) return PLACEHOLDER;
    return /\b(Ref|Fn::\w+)\b/.test(raw)
      ? 'a CloudFormation function decides it when the stack is deployed'
      : 'not an AMI id';
  }
  if (/^ami-([0-9a-f]{8}|[0-9a-f]{17})\s*$/.test(value) && !raw.includes(value.trimEnd())) {
    return 'the id is written with an escape or over several lines; write it plainly';
  }
  return reasons.find(([pattern]) => pattern.test(value.trim()))?.[1] ?? 'not an AMI id';
}

/** Statements of Jinja, Terraform, ERB and shell templates that make a file no YAML until it is filled. */
const TEMPLATE =
  /\{%|%\{ *\w|<%|^[ \t]*\{\{|^[ \t]*\$\{\w+\}[ \t]*$|:[ \t]*[@%]\w+[@%]|:[ \t]*\$\{\w+\}[ \t]*\}/m;

/**
 * The lines that set `key` in a file that is a template; undefined when it does not look like one. Comment lines are
 * left out. Offsets are those of the values.
 */
export function templateLines(
  text: string,
  key: string,
): { offset: number; value: string; reason: string }[] | undefined {
  if (!TEMPLATE.test(text)) return undefined;
  const setting = new RegExp(`^([^#\\n]*?\\b${key}["']?[ \\t]*:[ \\t]*)([^\\r\\n]*)`, 'gm');
  return [...text.matchAll(setting)].map(([, head = '', value = ''], index, all) => ({
    offset: (all[index]?.index ?? 0) + head.length,
    value,
    reason: 'the file is a template, and YAML only once it is filled',
  }));
}
