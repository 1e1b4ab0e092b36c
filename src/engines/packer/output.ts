/**
 * Reads Packer's machine-readable output: a line is `timestamp,target,type,data…`, with commas in data written
 * `%!(PACKER_COMMA)`, line ends `\n` and `\r` (Packer documentation, "Commands", Machine-Readable Output). Pure.
 */
import { collectReport, type Reports } from '../../image/report.ts';

export interface OutputLine {
  target: string;
  type: string;
  data: string[];
}

/** The parts of a line; undefined for other lines (a warning of a plug-in, a stack trace). Never throws. */
export function readOutputLine(line: string): OutputLine | undefined {
  const [time, target, type, ...data] = line.replace(/\r$/, '').split(',');
  if (time === undefined || !/^\d+$/.test(time) || target === undefined || !type) return undefined;
  return { target, type, data: data.map(plain) };
}

function plain(text: string): string {
  return text
    .replaceAll('%!(PACKER_COMMA)', ',')
    .replace(/\\([nr])/g, (_, letter: string) => (letter === 'n' ? '\n' : '\r'));
}

/** The history of a build, collected from its output. */
export interface PackerStory {
  said: Reports;
  /** What was running when it ended: `step trust`, `Packer`. */
  at: string;
  /** Whether scripts are running, so that lines are their output. */
  scripting: boolean;
  /** The last lines of output, for an error. */
  tail: string[];
  /** The lines that Packer marks as errors. */
  errors: string[];
  /** Region → AMI id. */
  artifacts: Record<string, string>;
  /** Names of the security groups that Packer made: 1.6 cannot tag them. */
  groups: string[];
}

/** An event for the host, made from a line. */
export type Told =
  | { kind: 'report'; text: string }
  | { kind: 'progress'; text: string }
  | { kind: 'output'; line: string };

/** Lines of output that an error shows. */
const TAIL = 20;
/** The most errors that are kept, because Packer repeats them. */
const ERRORS = 10;

export function newStory(): PackerStory {
  return {
    said: { reports: [], data: [] },
    at: 'Packer',
    scripting: false,
    tail: [],
    errors: [],
    artifacts: {},
    groups: [],
  };
}

/** Adds a line of output to the history. Never throws. */
export function hear(line: string, story: PackerStory): Told[] {
  const read = readOutputLine(line);
  if (!read) return line.trim() === '' ? [] : output(line, story);
  if (read.type === 'artifact' && read.data[1] === 'id') takeArtifacts(read.data[2] ?? '', story);
  if (read.type === 'error') takeError(read.data.join(','), story);
  if (read.type !== 'ui') return [];
  const [kind = '', ...rest] = read.data;
  return rest
    .join(',')
    .split(/\r?\n/)
    .filter((text) => text.trim() !== '')
    .flatMap((text) => hearUi(kind, text, story));
}

/**
 * Messages of Packer itself while it provisions and later; other lines are output of a script. Packer 1.9 and later write
 * both in the same form (`ui,say,==> …`). Packer 1.6 writes output as `ui,message`.
 */
const OWN =
  /^(Provisioning with shell script: |Uploading |Provisioning step had errors|Stopping the source instance|Cancelling provisioning|Terminating the source AWS instance|Waiting for the instance to stop|Creating AMI )/;
const FAILING = /^(Provisioning step had errors|Cancelling|Terminating)/;

function hearUi(kind: string, text: string, story: PackerStory): Told[] {
  const line = text.replace(/^(?:==> )?\s*(?:amazon-ebs\.\w+:\s?)?/, '');
  const before = story.said.reports.length;
  if (collectReport(line, story.said)) {
    const report = story.said.reports[before];
    return report ? [{ kind: 'report', text: `${report.id} ${report.outcome}` }] : [];
  }
  if (kind === 'error') {
    takeError(line, story);
    return [{ kind: 'output', line }];
  }
  if (kind !== 'say' || (story.scripting && !OWN.test(line))) return output(line, story);
  const script = /^Provisioning with shell script: .*?(?:(?:^|[\\/])steps[\\/]\d+-(.+)\.sh)$/.exec(line)?.[1];
  const group = story.scripting
    ? undefined
    : /^Creating temporary security group for this instance: (packer_[0-9a-f-]{36})$/.exec(line)?.[1];
  if (group !== undefined) story.groups.push(group);
  if (script !== undefined) {
    story.at = `step ${script}`;
    story.scripting = true;
    story.tail = [];
    return [{ kind: 'progress', text: `step ${script}` }];
  }
  if (line.startsWith('Provisioning with shell script')) {
    story.at = 'the verify list';
    story.scripting = true;
  } else if (story.scripting && !/^(Uploading|Provisioning) /.test(line)) {
    story.scripting = false;
    // After an error Packer cleans up, so the failure was earlier.
    if (story.errors.length === 0 && !FAILING.test(line)) story.at = 'Packer';
  }
  return [{ kind: 'progress', text: line }];
}

function output(line: string, story: PackerStory): Told[] {
  story.tail.push(line);
  if (story.tail.length > TAIL) story.tail.shift();
  return [{ kind: 'output', line }];
}

/** Packer repeats each error up to four times, with different words around it. */
const AGAIN = /^(?:Build '.*' errored after |Some builds didn't complete |-->)/;

function takeError(text: string, story: PackerStory): void {
  const line = text.trim().replace(/^==> /, '');
  if (AGAIN.test(line)) return;
  if (line !== '' && !story.errors.includes(line) && story.errors.length < ERRORS) story.errors.push(line);
}

/** `us-east-1:ami-1,eu-west-1:ami-2`, in the output and in the manifest. */
export function takeArtifacts(id: string, into: Pick<PackerStory, 'artifacts'>): void {
  for (const part of id.split(',')) {
    const [, region, image] = /^([a-z0-9-]+):(ami-[0-9a-f]+)$/.exec(part.trim()) ?? [];
    if (region !== undefined && image !== undefined) into.artifacts[region] = image;
  }
}
