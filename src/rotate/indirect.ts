/**
 * Explains why a CustomAmi that holds no AMI id is not rotated, and recognises files that are YAML only after they are
 * filled in.
 */

const PLACEHOLDER = 'a placeholder: filling the template inserts the id';

const reasons: readonly (readonly [RegExp, string])[] = [
  [/^(~|null|)$/, 'no AMI id is written here'],
  [/^resolve:ssm:/, 'ParallelCluster accepts only an AMI id here: its schema refuses an SSM reference'],
  [/\{\{|\{%|%\{|\$\{|\$[A-Za-z_]|__\w+__|REGSUB_|^<.*>$|^[{@%].*[}@%]$/, PLACEHOLDER],
  [/^ami-/, 'not an AMI id: ami- and 8 or 17 hex digits were expected'],
  [/./, 'not an AMI id'],
];

/**
 * Explains why a value is not rotated.
 * @param raw the text in the file; `value` is the content of a scalar, `tag` its YAML tag
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
    return 'the id is written with an escape or over several lines; write it without either';
  }
  return reasons.find(([pattern]) => pattern.test(value.trim()))?.[1] ?? 'not an AMI id';
}

/**
 * Statements and expressions of Jinja, Go, Terraform, ERB and shell templates, with which a file is not YAML until it is
 * filled. Only files that cannot be parsed are asked, so `{{` is no flow map.
 */
const TEMPLATE = /\{%|%\{ *\w|<%|\{\{|^[ \t]*\$\{\w+\}[ \t]*$|:[ \t]*[@%]\w+[@%]|:[ \t]*\$\{\w+\}[ \t]*\}/m;

/**
 * Finds the lines that set `key` in a template; undefined if the file does not look like a template. Comment lines are
 * skipped. The offsets are those of the values.
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
    reason: 'the file is a template, and YAML only after it is filled',
  }));
}
