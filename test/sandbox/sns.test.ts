/** SNS through the SDK: topics and stored messages. */
import {
  CreateTopicCommand,
  GetTopicAttributesCommand,
  PublishCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { expect, test } from 'vitest';
import { afterTest, control, errorName, openAccount } from './account.ts';

async function open() {
  const { sandbox } = await openAccount();
  const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
  const sns = new SNSClient({ endpoint: sandbox.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  afterTest(async () => sns.destroy());
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'told' }));
  return { sandbox, sns, TopicArn };
}

test('a topic is created once, and has attributes', async () => {
  const { sns, TopicArn } = await open();
  expect(TopicArn).toBe('arn:aws:sns:us-east-1:111122223333:told');
  expect((await sns.send(new CreateTopicCommand({ Name: 'told' }))).TopicArn).toBe(TopicArn);
  const fifo = { Name: 'q.fifo', Attributes: { FifoTopic: 'true' } };
  const { TopicArn: ordered } = await sns.send(new CreateTopicCommand(fifo));
  expect(await errorName(sns.send(new CreateTopicCommand({ Name: 'q.fifo' })))).toMatch(/^InvalidParameter/);
  const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn: ordered }));
  expect(Attributes).toMatchObject({ TopicArn: ordered, FifoTopic: 'true', Owner: '111122223333' });
  const none = new GetTopicAttributesCommand({ TopicArn: `${TopicArn}-not` });
  expect(await errorName(sns.send(none))).toMatch(/^NotFound/);
});

test('published messages are stored', async () => {
  const { sandbox, sns, TopicArn } = await open();
  const Message = 'a bake failed <&>\nü';
  const { MessageId } = await sns.send(new PublishCommand({ TopicArn, Message, Subject: 'bake failed' }));
  expect(await control(sandbox, 'messages')).toMatchObject({
    messages: [{ id: MessageId, topic: TopicArn, subject: 'bake failed', message: Message }],
  });
});

test.each([
  ['a subject over 100 characters', { Subject: 'x'.repeat(101) }],
  ['a subject that is not ASCII', { Subject: 'ü' }],
  ['a subject with a line break', { Subject: 'a\nb' }],
  ['a message over 256 KB', { Message: 'x'.repeat(262_145) }],
  ['no message', { Message: '' }],
  ['a topic of another Region', { TopicArn: 'arn:aws:sns:us-west-2:111122223333:told' }],
])('%s is refused', async (_what, more) => {
  const { sns, TopicArn } = await open();
  const request = { TopicArn, Message: 'm', ...more };
  expect(await errorName(sns.send(new PublishCommand(request)))).toMatch(/^InvalidParameter/);
});
