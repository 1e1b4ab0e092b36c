/**
 * The table of events that the core sends to its host, with the text of each. The core never prints; hosts (cli/host/)
 * show events as a live region, plain lines, GitHub groups, or not at all. Hosts also mask secrets.
 */

/** The fields of each event. `target` is a target's label such as `alinux2 x86_64`. */
interface EventFields {
  /** A run begins. `command` is the command line without the values of options that may be secret. */
  runStarted: { version: string; run: string; sandbox: boolean; command: string };
  /** A stage begins for one target (or, without `target`, for the whole run). */
  stageStarted: { stage: string; target?: string | undefined };
  /** Progress inside a stage: `done` of `total`, if they are known. */
  stageProgress: {
    stage: string;
    target?: string | undefined;
    text: string;
    done?: number | undefined;
    total?: number | undefined;
  };
  /** A stage succeeded. `unchanged`: it wrote nothing; `planned`: it only showed a preview. */
  stageFinished: {
    stage: string;
    target?: string | undefined;
    outcome: 'done' | 'unchanged' | 'planned' | 'skipped';
    text: string;
  };
  stageFailed: { stage: string; target?: string | undefined; text: string };
  /** One line of output of a step inside the image. */
  output: { stage: string; target?: string | undefined; source: string; line: string };
  note: { text: string };
  warning: {
    text: string;
    file?: string | undefined;
    line?: number | undefined;
    column?: number | undefined;
  };
}

export type EventType = keyof EventFields;
export type BakeEvent = { [K in EventType]: { type: K } & EventFields[K] }[EventType];
export type Emit = (event: BakeEvent) => void;

type Level = 'detail' | 'info' | 'warning' | 'error';

/** The level of each event, and its text on one plain line. */
export const eventTable: {
  [K in EventType]: { level: Level; text(event: EventFields[K]): string };
} = {
  runStarted: {
    level: 'info',
    text: (e) =>
      [`bake ${e.version}`, e.sandbox ? 'sandbox: no AWS account is touched' : undefined, `run ${e.run}`]
        .filter((part) => part !== undefined)
        .join(' · '),
  },
  stageStarted: { level: 'detail', text: (e) => label(e) },
  stageProgress: {
    level: 'detail',
    text: (e) => `${label(e)} ${e.total === undefined ? '' : `${e.done ?? 0}/${e.total} `}${e.text}`,
  },
  stageFinished: { level: 'info', text: (e) => `${label(e)} ${e.text}` },
  stageFailed: { level: 'error', text: (e) => `${label(e)} ${e.text}` },
  output: { level: 'detail', text: (e) => `${e.source}: ${e.line}` },
  note: { level: 'info', text: (e) => e.text },
  warning: { level: 'warning', text: (e) => e.text },
};

function label(event: { stage: string; target?: string | undefined }): string {
  return event.target ? `${event.stage.padEnd(8)} ${event.target} ·` : event.stage.padEnd(8);
}
