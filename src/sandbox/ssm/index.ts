/** The table of SSM operations: Parameter Store only. */
import type { Call, Handlers } from '../call.ts';
import { rowKey } from '../tables.ts';
import { labelParameterVersion, unlabelParameterVersion } from './labels.ts';
import { findParameter, readReference } from './lookup.ts';
import { putParameter } from './put.ts';
import { getParameter, getParameterHistory, getParameters, getParametersByPath } from './read.ts';

export const handlers: Handlers = {
  DeleteParameter: deleteParameter,
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
  call.state.remove('parameter', rowKey(call.region, name));
  return {};
}
