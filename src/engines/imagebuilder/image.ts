/** Reads an image build: its state, why it failed, and its current step. */
import {
  GetImageCommand,
  paginateListWorkflowExecutions,
  paginateListWorkflowStepExecutions,
  type Image,
  type WorkflowStepMetadata,
} from '@aws-sdk/client-imagebuilder';
import { isAws } from '../../aws/errors.ts';
import type { Session } from '../../aws/session.ts';

/** Get* and List* return any of these errors if an object does not exist (Image Builder API reference). */
export const MISSING = [
  'ResourceNotFoundException',
  'InvalidRequestException',
  'InvalidParameterValueException',
];

export const UNDER_WAY: ReadonlySet<string> = new Set([
  'PENDING', 'CREATING', 'BUILDING', 'TESTING', 'DISTRIBUTING', 'INTEGRATING',
]); // prettier-ignore

/** `image.state.failureContext` (Image Builder API reference, ImageFailureContext), the parts that bake shows. */
export interface FailureContext {
  imageStatus?: string;
  failedStep?: string;
  workflowExecutionId?: string;
  stepExecutionId?: string;
  componentFailure?: {
    componentArn?: string;
    phaseName?: string;
    stepName?: string;
    action?: string;
    errorMessage?: string;
  };
  distributionFailure?: {
    regionFailures?: { region?: string; targetAccountId?: string; status?: string; errorMessage?: string }[];
  };
}

export interface SeenImage {
  image: Image;
  failure: FailureContext | undefined;
}

/** @returns undefined if the image does not exist, or not yet */
export async function readImage(aws: Session, region: string, arn: string): Promise<SeenImage | undefined> {
  const command = new GetImageCommand({ imageBuildVersionArn: arn });
  const body = watchBody(command);
  try {
    const { image } = await aws.imagebuilder(region).send(command);
    return image && { image, failure: failureIn(body()) };
  } catch (error) {
    if (isAws(error, ...MISSING)) return undefined;
    throw error;
  }
}

/** Reads the body of the answer, because SDK 3.1046.0 drops members that it does not know, such as failureContext. */
function watchBody(command: GetImageCommand): () => string {
  let text = '';
  interface Result {
    response: { body?: unknown };
  }
  const middleware = (next: (args: unknown) => Promise<Result>) => async (args: unknown) => {
    const result = await next(args);
    const chunks: Buffer[] = [];
    for await (const chunk of (result.response.body ?? []) as AsyncIterable<Buffer>) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    text = bytes.toString('utf8');
    result.response.body = bytes;
    return result;
  };
  const stack = command.middlewareStack as unknown as { add(middleware: unknown, options: object): void };
  stack.add(middleware, { step: 'deserialize', priority: 'low', name: 'bakeFailureContext' });
  return () => text;
}

function failureIn(body: string): FailureContext | undefined {
  try {
    const answer = JSON.parse(body) as { image?: { state?: { failureContext?: FailureContext } } };
    return answer.image?.state?.failureContext;
  } catch {
    // The SDK reports an answer that is not JSON.
    return undefined;
  }
}

/** The workflow steps of a build that run or failed, newest workflow first; empty if this role may not list them. */
export async function stepsAt(
  aws: Session,
  region: string,
  arn: string,
  status: 'RUNNING' | 'FAILED',
): Promise<WorkflowStepMetadata[]> {
  const client = aws.imagebuilder(region);
  const found: WorkflowStepMetadata[] = [];
  try {
    for await (const page of paginateListWorkflowExecutions({ client }, { imageBuildVersionArn: arn })) {
      for (const { workflowExecutionId, status: now } of page.workflowExecutions ?? []) {
        if (now !== status) continue;
        for await (const steps of paginateListWorkflowStepExecutions({ client }, { workflowExecutionId }))
          found.push(...(steps.steps ?? []).filter((step) => step.status === status));
      }
    }
  } catch (error) {
    if (!isAws(error, ...MISSING, 'ForbiddenException', 'AccessDeniedException')) throw error;
  }
  return found;
}
