/** The table of SSM operations: Parameter Store only. */
import type { Call, Handlers } from '../call.ts';
import { getRow, keyOf } from '../tables.ts';
import { describeParameters } from './describe.ts';
import { labelParameterVersion, unlabelParameterVersion } from './labels.ts';
import { findParameter, readReference } from './lookup.ts';
import { putParameter } from './put.ts';
import { getParameter, getParameterHistory, getParameters, getParametersByPath } from './read.ts';
import { parameterTagOperations } from './tags.ts';

export const handlers: Handlers = {
  ...parameterTagOperations,
  DeleteParameter: deleteParameter,
  DeleteParameters: deleteParameters,
  DescribeParameters: describeParameters,
  GetParameter: getParameter,
  GetParameterHistory: getParameterHistory,
  GetParameters: getParameters,
  GetParametersByPath: getParametersByPath,
  LabelParameterVersion: labelParameterVersion,
  PutParameter: putParameter,
  UnlabelParameterVersion: unlabelParameterVersion,
};

function deleteParameter(input: { Name: string }, call: Call): object {
  const { name } = findParameter(call, readReference(call, input.Name).name);
  call.state.remove('parameter', keyOf(call.region, name));
  return {};
}

function deleteParameters(input: { Names: string[] }, call: Call): object {
  const existing = input.Names.filter(
    (name) => getRow(call.state, 'parameter', keyOf(call.region, name)) !== undefined,
  );
  for (const name of existing) call.state.remove('parameter', keyOf(call.region, name));
  return {
    DeletedParameters: existing,
    InvalidParameters: input.Names.filter((name) => !existing.includes(name)),
  };
}
