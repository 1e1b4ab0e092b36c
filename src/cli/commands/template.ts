/** `bake template`: exports a cluster config as a CloudFormation template and shows what it contains. */
import type { ExitCode } from '../../errors/table.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { makeTemplate } from '../../jobs/template/template.ts';
import { templateText } from '../template-text.ts';

/** Exit 1 when --validate found something. */
export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const { host, args } = invocation;
  const { result, text } = await makeTemplate(invocation, args[0] as string);
  const isOnStdout = result.template.file === null;
  host.result(result, () => (isOnStdout ? text : templateText(result)));
  if (isOnStdout) host.emit({ type: 'note', text: templateText(result) });
  return (result.template.validated?.findings ?? []).length > 0 ? 1 : 0;
}
