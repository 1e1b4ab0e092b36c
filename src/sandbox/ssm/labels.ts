/** Labels of parameter versions. A label is on one version at a time; the response lists invalid labels. */
import type { Call } from '../call.ts';
import { rowKey, putRow, type ParameterRow, type ParameterVersionRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { findParameter, newestVersion, readReference } from './lookup.ts';

interface Input {
  Name: string;
  ParameterVersion?: number;
  Labels: string[];
}

const MAX_LABELS = 10;

/** SSM user guide, "Labeling parameters": letters, digits and . _ - only; not a digit, `aws` or `ssm` at the start. */
function isValid(label: string): boolean {
  return /^[A-Za-z_.-][A-Za-z0-9_.-]{0,99}$/.test(label) && !/^(aws|ssm)/i.test(label);
}

export function labelParameterVersion(input: Input, call: Call): object {
  const row = findParameter(call, readReference(call, input.Name).name);
  const target = versionOf(row, input.ParameterVersion);
  const labels = [...new Set(input.Labels)].filter(isValid);
  const together = new Set([...target.labels, ...labels]);
  if (together.size > MAX_LABELS) {
    throw new AwsError(
      'ParameterVersionLabelLimitExceeded',
      `An error occurred: a parameter version can have a maximum of ${MAX_LABELS} labels.`,
    );
  }
  relabel(call, row, (version) =>
    version === target ? [...together] : version.labels.filter((label) => !labels.includes(label)),
  );
  return { InvalidLabels: input.Labels.filter((label) => !isValid(label)), ParameterVersion: target.version };
}

export function unlabelParameterVersion(input: Input, call: Call): object {
  const row = findParameter(call, readReference(call, input.Name).name);
  const target = versionOf(row, input.ParameterVersion);
  const removed = input.Labels.filter((label) => target.labels.includes(label));
  relabel(call, row, (version) =>
    version === target ? version.labels.filter((label) => !removed.includes(label)) : version.labels,
  );
  return { RemovedLabels: removed, InvalidLabels: input.Labels.filter((label) => !removed.includes(label)) };
}

function versionOf(row: ParameterRow, wanted: number | undefined): ParameterVersionRow {
  const version =
    wanted === undefined ? newestVersion(row) : row.versions.find((one) => one.version === wanted);
  if (version) return version;
  throw new AwsError(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${wanted} of ${row.name}.`,
  );
}

function relabel(call: Call, row: ParameterRow, labelsOf: (version: ParameterVersionRow) => string[]): void {
  const versions = row.versions.map((version) => ({ ...version, labels: labelsOf(version) }));
  putRow(call.state, 'parameter', rowKey(call.region, row.name), { ...row, versions });
}
