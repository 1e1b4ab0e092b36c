/** Decides with seeded random numbers which requests fail. */
import type { ServiceId } from './wire/model.ts';
import { AwsError } from './wire/aws-error.ts';
import type { Faults } from './contract.ts';

export interface FaultDice {
  current: Faults;
  /** Replaces all faults and restarts the random numbers. */
  set(faults: Faults): void;
  /** The error with which this request is refused before it is read, if any. */
  refusal(service: ServiceId): AwsError | undefined;
  /** True if the answer to this request must be lost. */
  losesAnswer(): boolean;
  /** Milliseconds to wait so that this work takes as long as on AWS; 0 without the fault `awsTimes`. */
  awsDelay(work: keyof typeof AWS_MINUTES): number;
}

/**
 * Minutes that AWS takes. Build: the upper end of "15-45 minutes" (aws/agent-toolkit-for-aws,
 * creating-ec2-image-builder-pipeline/references/ec2-image-builder-pipeline.md). The others are assumptions; the first
 * copy to a Region is a full one (EC2 user guide, "How AMI copy works"). bench/fleet.ts compares a run with them.
 */
export const AWS_MINUTES = { build: 45, test: 10, distribution: 5, copy: 30 } as const;

/** Each service's throttling error: code, HTTP status and message (API references, "Common errors"). */
const THROTTLES: Record<ServiceId, [code: string, status: number, message: string]> = {
  ec2: ['RequestLimitExceeded', 503, 'Request limit exceeded.'],
  ssm: ['ThrottlingException', 400, 'Rate exceeded'],
  sts: ['Throttling', 400, 'Rate exceeded'],
  imagebuilder: [
    'TooManyRequestsException',
    429,
    'You have attempted too many requests for the specific operation.',
  ],
  logs: ['ThrottlingException', 400, 'Rate exceeded'],
  s3: ['SlowDown', 503, 'Please reduce your request rate.'],
  kms: ['ThrottlingException', 400, 'Rate exceeded'],
  sns: ['Throttling', 400, 'Rate exceeded'],
  iam: ['Throttling', 400, 'Rate exceeded'],
  servicequotas: ['TooManyRequestsException', 400, 'Rate exceeded'],
};
const BREAKDOWNS: Record<ServiceId, string> = {
  ec2: 'InternalError',
  ssm: 'InternalServerError',
  sts: 'InternalFailure',
  imagebuilder: 'ServiceException',
  logs: 'ServiceUnavailableException',
  s3: 'InternalError',
  kms: 'KMSInternalException',
  sns: 'InternalFailure',
  iam: 'ServiceFailure',
  servicequotas: 'ServiceException',
};

/** Each service's error for expired credentials: code and HTTP status (API references, "Common errors"). */
const EXPIRIES: Record<ServiceId, [code: string, status: number]> = {
  ec2: ['RequestExpired', 400],
  ssm: ['ExpiredTokenException', 400],
  sts: ['ExpiredToken', 403],
  imagebuilder: ['ExpiredTokenException', 403],
  logs: ['ExpiredTokenException', 400],
  s3: ['ExpiredToken', 400],
  kms: ['ExpiredTokenException', 400],
  sns: ['ExpiredToken', 403],
  iam: ['ExpiredToken', 403],
  servicequotas: ['ExpiredTokenException', 400],
};

const KEYS = [
  'throttle',
  'serverError',
  'lostAnswer',
  'staleMs',
  'slowMs',
  'seed',
  'failTests',
  'expireAfter',
  'awsTimes',
] as const;
/** Milliseconds and counts; the other keys are shares. */
const WHOLE: ReadonlySet<(typeof KEYS)[number]> = new Set([
  'staleMs',
  'slowMs',
  'seed',
  'failTests',
  'expireAfter',
  'awsTimes',
]);

/** Reads the faults of a control request. @throws AwsError InvalidFaults if they are not those of contract.ts */
export function readFaults(value: unknown): Faults {
  if (typeof value !== 'object' || value === null)
    throw new AwsError('InvalidFaults', 'expected a JSON object');
  const given = value as Record<string, unknown>;
  const faults: Faults = {};
  for (const [key, item] of Object.entries(given)) {
    if ((key === 'failBuilds' || key === 'failCopies') && typeof item === 'boolean') {
      faults[key] = item;
      continue;
    }
    const known = KEYS.find((name) => name === key);
    const most = known !== undefined && WHOLE.has(known) ? Number.MAX_SAFE_INTEGER : 1;
    if (!known || typeof item !== 'number' || !(item >= 0 && item <= most)) {
      throw new AwsError(
        'InvalidFaults',
        `${key}: expected one of ${KEYS.join(', ')} with a number (shares from 0 to 1), or failBuilds or failCopies`,
      );
    }
    faults[known] = item;
  }
  return faults;
}

export function openFaults(initial: Faults): FaultDice {
  let faults = initial;
  let roll = dice(initial.seed ?? 1);
  let requests = 0;
  return {
    get current() {
      return faults;
    },
    set(next) {
      faults = next;
      requests = 0;
      roll = dice(next.seed ?? 1);
    },
    refusal(service) {
      requests += 1;
      if (requests > (faults.expireAfter ?? Number.POSITIVE_INFINITY)) {
        const [code, status] = EXPIRIES[service];
        return new AwsError(code, 'The security token included in the request is expired', status);
      }
      if (roll() < (faults.throttle ?? 0)) {
        const [code, status, message] = THROTTLES[service];
        return new AwsError(code, message, status);
      }
      if (roll() < (faults.serverError ?? 0)) {
        return new AwsError(
          BREAKDOWNS[service],
          'An internal error has occurred (a fault of the sandbox).',
          500,
        );
      }
      return undefined;
    },
    awsDelay: (work) =>
      (faults.awsTimes ?? 0) > 0 ? (AWS_MINUTES[work] * 60_000) / (faults.awsTimes ?? 1) : 0,
    losesAnswer: () => roll() < (faults.lostAnswer ?? 0),
  };
}

/** mulberry32, a small seeded generator. */
function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
