/**
 * Decides what the attribute paths of Terraform and Packer mean for AMI ids, and where a value that is not an id comes
 * from.
 * Sources: documentation of the Terraform AWS provider (aws_instance.ami, aws_launch_template.image_id, …) and of
 * Packer's amazon-ebs builder (source_ami).
 */
import type { ReferenceScope } from '../entries/result.ts';
import { regionIn } from './page.ts';
import { type Keys, scopeByName } from '../cluster/place-names.ts';

/** Whether the attribute holds an image, so that even an expression is reported. */
export function isImagePlace(keys: Keys): boolean {
  return scopeByName(keys) !== undefined || isInstance(keys);
}

function isInstance(keys: Keys): boolean {
  const [kind, type = '', , ...rest] = keys;
  return kind === 'resource' && type.startsWith('aws_') && ['ami', 'image_id'].includes(rest.at(-1) ?? '');
}

/**
 * The names decide the scope if they can, otherwise the kind of block. Branches and arguments have the scope of their
 * attribute.
 */
export function hclScope(keys: Keys, file: string): ReferenceScope {
  const named = attributeOf(keys);
  const scope = scopeByName(named);
  if (scope !== undefined) return scope;
  if (isInstance(named)) return 'launch-template';
  if (regionIn(...keys) !== undefined) return 'mapping';
  if (keys[0] === 'variable' && keys[2] === 'default') return 'parameter';
  return keys.length === 1 && /\.(tfvars|pkrvars\.hcl)$/i.test(file) ? 'parameter' : 'variable';
}

/** Removes the steps into branches of a condition or arguments of a function from the end. */
function attributeOf(keys: Keys): Keys {
  let end = keys.length;
  while (end > 1 && keys[end - 1]?.startsWith('['))
    end -= /^(coalesce|lookup|try)$/.test(keys[end - 2] ?? '') ? 2 : 1;
  return keys.slice(0, end);
}

const ORIGIN = /\b(?:data\.[\w-]+\.[\w-]+|var\.[\w-]+|local\.[\w-]+|module\.[\w-]+\.[\w-]+)/;

/** Explains where the value of an expression comes from, and so why it is not rotated. */
export function whereFrom(written: string): string {
  const [name] = ORIGIN.exec(written) ?? [];
  if (name === undefined) return 'an expression decides it at run time';
  if (name.startsWith('data.aws_ssm_parameter.')) return `${name} reads it from SSM when Terraform runs`;
  if (name.startsWith('data.')) return `${name} looks it up at run time`;
  if (name.startsWith('module.')) return `${name} returns it`;
  return name.startsWith('var.') ? `the variable ${name} holds it` : `${name} holds it`;
}
