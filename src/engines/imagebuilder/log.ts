/** Reads the build log: Image Builder writes the output of components to CloudWatch Logs. */
import { GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { isAws } from '../../aws/errors.ts';
import type { Ami } from '../../aws/images.ts';
import type { Session } from '../../aws/session.ts';
import { collectReport, type Reports } from '../../image/report.ts';
import { BUILD_TAG } from './names.ts';

export interface LogReader {
  /** Yields the lines since the last call, one page at a time, because a log may be larger than memory. */
  read(take: (line: string) => void): Promise<void>;
}

/**
 * Group /aws/imagebuilder/<recipe name>, stream <version>/<build> (EC2 Image Builder user guide, troubleshooting).
 * @param arn image build version ARN: …:image/<recipe name>/<version>/<build>
 */
export function openLog(aws: Session, region: string, arn: string): LogReader {
  const [name, version, build] = arn.split(':image/')[1]?.split('/') ?? [];
  let token: string | undefined;
  return {
    async read(take) {
      for (;;) {
        const page = await readPage();
        if (!page) return;
        for (const line of page.lines) take(line);
        // The same token again means the end of the stream for now (CloudWatch Logs API reference, GetLogEvents).
        if (page.next === undefined || page.next === token) return;
        token = page.next;
      }
    },
  };

  async function readPage(): Promise<{ lines: string[]; next: string | undefined } | undefined> {
    try {
      const answer = await aws.logs(region).send(
        new GetLogEventsCommand({
          logGroupName: `/aws/imagebuilder/${name}`,
          logStreamName: `${version}/${build}`,
          startFromHead: true,
          ...(token === undefined ? {} : { nextToken: token }),
        }),
      );
      const lines = (answer.events ?? []).flatMap((event) => (event.message ?? '').split('\n'));
      return { lines, next: answer.nextForwardToken };
    } catch (error) {
      if (isAws(error, 'ResourceNotFoundException')) return undefined;
      throw error;
    }
  }
}

/** Reads the reports of the steps and rows of an image from the log of its build. */
export async function readReportsOf(image: Ami, aws: Session): Promise<Reports> {
  const heard: Reports = { reports: [], data: [] };
  const arn = image.tags[BUILD_TAG];
  if (arn !== undefined) await openLog(aws, image.region, arn).read((line) => collectReport(line, heard));
  return heard;
}
