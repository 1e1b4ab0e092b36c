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
