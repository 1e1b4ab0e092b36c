/** Makes small component documents for the sandbox's tests. */
import { stringify } from 'yaml';

export interface DocumentStep {
  name: string;
  action: string;
  inputs: object;
  [attribute: string]: unknown;
}

export function bash(name: string, script: string, more: object = {}): DocumentStep {
  return { name, action: 'ExecuteBash', inputs: { commands: [script] }, ...more };
}

/** Makes a document from the steps of each phase. */
export function document(phases: Record<string, DocumentStep[]>, more: object = {}): string {
  return stringify(
    {
      schemaVersion: '1.0',
      ...more,
      phases: Object.entries(phases).map(([name, steps]) => ({ name, steps })),
    },
    { lineWidth: 0 },
  );
}
