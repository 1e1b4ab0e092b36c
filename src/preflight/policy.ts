/** Evaluates the policy of a gateway endpoint: whether it allows reading an object of a bucket. */

interface Statement {
  Effect?: unknown;
  Principal?: unknown;
  NotPrincipal?: unknown;
  Action?: unknown;
  NotAction?: unknown;
  Resource?: unknown;
  NotResource?: unknown;
  Condition?: unknown;
}

/** `unknown`: the result depends on conditions or principals that only AWS can evaluate. */
type Access = 'allowed' | 'denied' | 'unknown';

/** @param policy JSON; empty: the default policy, which allows everything (PrivateLink guide, "Endpoint policies") */
export function mayRead(policy: string, partition: string, bucket: string): Access {
  if (policy.trim() === '') return 'allowed';
  const statements = read(policy);
  if (!statements) return 'unknown';
  const resource = `arn:${partition}:s3:::${bucket}/object`;
  const matching = statements
    .map((statement) => ({ effect: statement.Effect, match: match(statement, 's3:GetObject', resource) }))
    .filter(({ match: found }) => found !== 'no');
  const of = (effect: string, found: string): boolean =>
    matching.some((one) => one.effect === effect && one.match === found);
  if (of('Deny', 'yes')) return 'denied';
  if (of('Allow', 'yes')) return of('Deny', 'maybe') ? 'unknown' : 'allowed';
  return of('Allow', 'maybe') ? 'unknown' : 'denied';
}

function read(policy: string): Statement[] | undefined {
  try {
    const { Statement: found } = JSON.parse(policy) as { Statement?: unknown };
    const list = Array.isArray(found) ? found : [found];
    return list.filter((one): one is Statement => typeof one === 'object' && one !== null);
  } catch {
    return undefined;
  }
}

function match(statement: Statement, action: string, resource: string): 'yes' | 'no' | 'maybe' {
  const { Action, NotAction, Resource, NotResource, Principal, NotPrincipal, Condition } = statement;
  const acts = NotAction === undefined ? some(Action, action, 'i') : !some(NotAction, action, 'i');
  const on = NotResource === undefined ? some(Resource, resource) : !some(NotResource, resource);
  if (!acts || !on) return 'no';
  const everybody = NotPrincipal === undefined && isEverybody(Principal);
  return everybody && Condition === undefined ? 'yes' : 'maybe';
}

function isEverybody(principal: unknown): boolean {
  if (principal === '*') return true;
  const aws = (principal as { AWS?: unknown } | null | undefined)?.AWS;
  return aws === '*' || (Array.isArray(aws) && aws.includes('*'));
}

function some(patterns: unknown, value: string, flags = ''): boolean {
  const list = Array.isArray(patterns) ? patterns : [patterns];
  return list.some((pattern) => typeof pattern === 'string' && toRegExp(pattern, flags).test(value));
}

/** IAM's wildcards: `*` matches any characters, `?` one (IAM user guide, "Resource"). */
function toRegExp(pattern: string, flags: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\/-]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, `s${flags}`);
}
