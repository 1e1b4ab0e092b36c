/** Builds and parses the names of parameters: a template with the fields of a channel and a target. */
import type { Target } from '../os/target.ts';

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

/** The name of the parameter that holds the image of a target in a channel. */
export function targetParameter(
  template: string,
  channel: string,
  { os, arch, parallelcluster }: Pick<Target, 'os' | 'arch' | 'parallelcluster'>,
): string {
  return parameterName(template, { channel, os: os.id, arch, parallelcluster });
}

/** The static head of the template, ending in a slash: `/hpc/ami/`. Leases are below it. */
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

/** Parses the name of a parameter; returns undefined if the template does not make such a name. */
export function parameterOf(template: string, name: string): ParameterOf | undefined {
  const pattern = template.split(/\{(\w+)\}/).map((part, at) => {
    if (at % 2 === 0) return part.replace(/[.]/g, '\\.');
    // If the template contains a field twice, the first occurrence counts.
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
