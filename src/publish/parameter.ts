/** Owns parameter names: one template, a channel, a target. */

export interface ParameterOf {
  channel: string;
  os: string;
  arch: string;
  parallelcluster: string;
}

/** `/hpc/ami/{channel}/{os}/{arch}/{parallelcluster}` → `/hpc/ami/stable/alinux2/x86_64/3.15.1`. */
export function parameterName(template: string, of: ParameterOf): string {
  return template.replace(/\{(channel|os|arch|parallelcluster)\}/g, (_, key: keyof ParameterOf) => of[key]);
}

/** The static head of the template, ending in a slash: `/hpc/ami/`. Leases live below it. */
export function parameterRoot(template: string): string {
  const head = template.split('{')[0] as string;
  return head.slice(0, head.lastIndexOf('/') + 1);
}

const FIELDS: Readonly<Record<keyof ParameterOf, string>> = {
  channel: '[A-Za-z0-9][A-Za-z0-9_.-]{0,63}',
  os: '[a-z]+[0-9]+',
  arch: 'x86_64|arm64',
  parallelcluster: '[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}',
};

/** The reverse: what a parameter of this template is for; undefined for one of another kind. */
export function parameterOf(template: string, name: string): ParameterOf | undefined {
  const pattern = template.split(/\{(\w+)\}/).map((part, at) => {
    if (at % 2 === 0) return part.replace(/[.]/g, '\\.');
    // A field that stands twice must say the same twice: none does, so the first one counts.
    return `(?<${part}_${at}>${FIELDS[part as keyof ParameterOf]})`;
  });
  const groups = new RegExp(`^${pattern.join('')}$`).exec(name)?.groups;
  if (!groups) return undefined;
  const first = (field: string): string =>
    Object.entries(groups).find(([key]) => key.startsWith(`${field}_`))?.[1] ?? '';
  return {
    channel: first('channel'),
    os: first('os'),
    arch: first('arch'),
    parallelcluster: first('parallelcluster'),
  };
}
