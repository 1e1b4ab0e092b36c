/** SNS: topics, subscriptions and published messages. The sandbox keeps messages and delivers none. */
import { randomUUID } from 'node:crypto';
import type { Call, Handlers } from '../call.ts';
import { byKey, pageOf } from '../paging.ts';
import { getRow, keyOf, listRows, putRow, type TopicRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';

export const handlers: Handlers = {
  CreateTopic: createTopic,
  GetTopicAttributes: getTopicAttributes,
  ListSubscriptionsByTopic: listSubscriptionsByTopic,
  ListTopics: listTopics,
  Publish: publish,
  Subscribe: subscribe,
};

const PAGE = 100;
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
  const known = getRow(call.state, 'topic', keyOf(call.region, name));
  if (known && Object.entries(attributes).some(([key, value]) => known.attributes[key] !== value)) {
    throw new AwsError(
      'InvalidParameter',
      'Invalid parameter: Attributes Reason: Topic already exists with different attributes',
    );
  }
  if (!known) {
    const row: TopicRow = { region: call.region, arn, name, attributes, createdAt: call.now.toISOString() };
    putRow(call.state, 'topic', keyOf(call.region, name), row);
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
  const topic = getRow(call.state, 'topic', keyOf(call.region, name));
  if (!topic) throw new AwsError('NotFound', 'Topic does not exist', 404);
  return topic;
}

function getTopicAttributes(input: { TopicArn: string }, call: Call): object {
  const topic = findTopic(call, input.TopicArn);
  const subscribers = listRows(call.state, 'subscription', call.region, topic.name);
  const pending = subscribers.filter(({ arn }) => arn === undefined).length;
  return {
    Attributes: {
      TopicArn: topic.arn,
      Owner: call.account,
      DisplayName: '',
      SubscriptionsConfirmed: String(subscribers.length - pending),
      SubscriptionsPending: String(pending),
      SubscriptionsDeleted: '0',
      ...topic.attributes,
    },
  };
}

function listTopics(input: { NextToken?: string }, call: Call): object {
  const arnOf = ({ arn }: { arn: string }): string => arn;
  const rows = listRows(call.state, 'topic', call.region).sort(byKey(arnOf));
  const page = pageOf(rows, arnOf, { token: input.NextToken, size: PAGE, bad: badToken });
  return { Topics: page.items.map(({ arn }) => ({ TopicArn: arn })), NextToken: page.token };
}

interface SubscribeInput {
  TopicArn: string;
  Protocol: string;
  Endpoint?: string;
  ReturnSubscriptionArn?: boolean;
}

/** Subscriptions of these protocols need a confirmation by the endpoint, so they stay pending in the sandbox. */
const CONFIRMED_BY_OTHERS: ReadonlySet<string> = new Set(['email', 'email-json', 'http', 'https']);
const ENDPOINTS: Record<string, RegExp> = {
  email: /^[^@\s]+@[^@\s]+$/,
  'email-json': /^[^@\s]+@[^@\s]+$/,
  http: /^http:\/\/\S+$/,
  https: /^https:\/\/\S+$/,
  sqs: /^arn:aws[a-z-]*:sqs:/,
  lambda: /^arn:aws[a-z-]*:lambda:/,
  firehose: /^arn:aws[a-z-]*:firehose:/,
  sms: /^\+?\d{5,15}$/,
};

function subscribe(input: SubscribeInput, call: Call): object {
  const topic = findTopic(call, input.TopicArn);
  const { Protocol: protocol, Endpoint: endpoint = '' } = input;
  if (!Object.hasOwn(ENDPOINTS, protocol)) {
    throw new AwsError(
      'InvalidParameter',
      `Invalid parameter: Does not support this protocol string: ${protocol}`,
    );
  }
  if (!ENDPOINTS[protocol]?.test(endpoint)) {
    throw new AwsError('InvalidParameter', `Invalid parameter: ${protocol} endpoint: ${endpoint}`);
  }
  const isPending = CONFIRMED_BY_OTHERS.has(protocol);
  const key = keyOf(call.region, topic.name, protocol, endpoint);
  const known = getRow(call.state, 'subscription', key);
  const row = known ?? {
    region: call.region,
    topic: topic.name,
    protocol,
    endpoint,
    arn: isPending ? undefined : `${topic.arn}:${randomUUID()}`,
  };
  if (!known) putRow(call.state, 'subscription', key, row);
  return { SubscriptionArn: row.arn ?? 'pending confirmation' };
}

function listSubscriptionsByTopic(input: { TopicArn: string; NextToken?: string }, call: Call): object {
  const topic = findTopic(call, input.TopicArn);
  const nameOf = ({ protocol, endpoint }: { protocol: string; endpoint: string }): string =>
    `${protocol} ${endpoint}`;
  const rows = listRows(call.state, 'subscription', call.region, topic.name).sort(byKey(nameOf));
  const page = pageOf(rows, nameOf, { token: input.NextToken, size: PAGE, bad: badToken });
  return {
    Subscriptions: page.items.map(({ arn, protocol, endpoint }) => ({
      SubscriptionArn: arn ?? 'PendingConfirmation',
      Owner: call.account,
      Protocol: protocol,
      Endpoint: endpoint,
      TopicArn: topic.arn,
    })),
    NextToken: page.token,
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
  putRow(call.state, 'message', keyOf(call.region, topic.name, at, id), {
    id,
    topic: topic.arn,
    subject,
    message,
    at,
  });
  return { MessageId: id };
}

function badToken(): AwsError {
  return new AwsError('InvalidParameter', 'Invalid parameter: nextToken');
}
