/** SNS: topics and published messages. The sandbox keeps messages and delivers none. */
import { randomUUID } from 'node:crypto';
import type { Call, Handlers } from '../call.ts';
import { getRow, rowKey, putRow, type TopicRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';

export const handlers: Handlers = {
  CreateTopic: createTopic,
  GetTopicAttributes: getTopicAttributes,
  Publish: publish,
};

/** SNS API reference, Publish. */
const MESSAGE_BYTES = 256 * 1024;

/** Returns an existing topic of the same name (SNS API reference, CreateTopic). */
function createTopic(input: { Name: string; Attributes?: Record<string, string> }, call: Call): object {
  const { Name: name, Attributes: attributes = {} } = input;
  const isFifo = attributes['FifoTopic'] === 'true';
  if (!/^[A-Za-z0-9_-]{1,256}(?:\.fifo)?$/.test(name) || name.endsWith('.fifo') !== isFifo) {
    throw new AwsError('InvalidParameter', 'Invalid parameter: Topic Name');
  }
  const arn = `arn:${call.partition}:sns:${call.region}:${call.account}:${name}`;
  const known = getRow(call.state, 'topic', rowKey(call.region, name));
  if (known && Object.entries(attributes).some(([key, value]) => known.attributes[key] !== value)) {
    throw new AwsError(
      'InvalidParameter',
      'Invalid parameter: Attributes Reason: Topic already exists with different attributes',
    );
  }
  if (!known) {
    const row: TopicRow = { region: call.region, arn, name, attributes, createdAt: call.now.toISOString() };
    putRow(call.state, 'topic', rowKey(call.region, name), row);
  }
  return { TopicArn: arn };
}

/** @throws AwsError InvalidParameter, NotFound */
function findTopic(call: Call, arn: string): TopicRow {
  const [, region, account, name] = /^arn:aws[a-z-]*:sns:([a-z0-9-]+):(\d{12}):([\w.-]+)$/.exec(arn) ?? [];
  if (name === undefined) throw new AwsError('InvalidParameter', 'Invalid parameter: TopicArn');
  if (region !== call.region) {
    throw new AwsError(
      'InvalidParameter',
      `Invalid parameter: TopicArn Reason: not a topic of ${call.region}`,
    );
  }
  if (account !== call.account)
    throw new AwsError('AuthorizationError', 'not authorized to perform: SNS', 403);
  const topic = getRow(call.state, 'topic', rowKey(call.region, name));
  if (!topic) throw new AwsError('NotFound', 'Topic does not exist', 404);
  return topic;
}

function getTopicAttributes(input: { TopicArn: string }, call: Call): object {
  const topic = findTopic(call, input.TopicArn);
  return {
    Attributes: {
      TopicArn: topic.arn,
      Owner: call.account,
      DisplayName: '',
      SubscriptionsConfirmed: '0',
      SubscriptionsPending: '0',
      SubscriptionsDeleted: '0',
      ...topic.attributes,
    },
  };
}

interface PublishInput {
  TopicArn?: string;
  TargetArn?: string;
  PhoneNumber?: string;
  Message: string;
  Subject?: string;
  MessageGroupId?: string;
}

/** At most 100 ASCII characters without line breaks, the first not a space (SNS API reference, Publish, Subject). */
const SUBJECT = /^[!-~][ -~]{0,99}$/;

function publish(input: PublishInput, call: Call): object {
  const arn = input.TopicArn ?? input.TargetArn;
  if (arn === undefined) {
    throw new AwsError(
      'InvalidParameter',
      'Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter',
    );
  }
  const topic = findTopic(call, arn);
  if (input.Message === '') throw new AwsError('InvalidParameter', 'Invalid parameter: Empty message');
  if (Buffer.byteLength(input.Message) > MESSAGE_BYTES) {
    throw new AwsError('InvalidParameter', 'Invalid parameter: Message too long');
  }
  if (input.Subject !== undefined && !SUBJECT.test(input.Subject)) {
    throw new AwsError('InvalidParameter', 'Invalid parameter: Subject');
  }
  if (topic.name.endsWith('.fifo') && input.MessageGroupId === undefined) {
    throw new AwsError(
      'InvalidParameter',
      'Invalid parameter: The MessageGroupId parameter is required for FIFO topics',
    );
  }
  const id = randomUUID();
  const at = call.now.toISOString();
  const { Subject: subject, Message: message } = input;
  putRow(call.state, 'message', rowKey(call.region, topic.name, at, id), {
    id,
    topic: topic.arn,
    subject,
    message,
    at,
  });
  return { MessageId: id };
}
