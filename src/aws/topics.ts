/** Publishes a message to an SNS topic. */
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Session } from './session.ts';

/**
 * @param topic the ARN of the topic, which contains its Region
 * @param subject at most 100 ASCII characters without line breaks (SNS API reference, Publish)
 */
export async function publishMessage(
  aws: Session,
  topic: string,
  { subject, message }: { subject: string; message: string },
): Promise<void> {
  const region = topic.split(':')[3] ?? '';
  const client = aws.client('sns', region, (config) => new SNSClient(config));
  await client.send(new PublishCommand({ TopicArn: topic, Subject: subject, Message: message }));
}
