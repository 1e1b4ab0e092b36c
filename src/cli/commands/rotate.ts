/** `bake rotate`: moves AMI references to the images of a channel, or to those on the command line. */
import { exitOf, throwAll } from '../../errors/bake-error.ts';
import type { ExitCode } from '../../errors/table.ts';
import { askConsent, askConsentOrFile, withPlanFile } from '../../jobs/consent.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import type { PlannedWrite } from '../../run/writes.ts';
import { showOutcome } from '../outcome.ts';
import type { Rotation } from '../../jobs/rotation/rotation.ts';
import { diffText, proposedText, question, rotationText } from '../rotation-text.ts';
import type { NewIdSource } from '../../jobs/rotation/source.ts';
import { sourceOf } from '../rotation-source.ts';

export async function execute(asked: Invocation): Promise<ExitCode | 0> {
  const invocation = await withPlanFile(asked, 'rotate');
  const { host, options } = invocation;
  const source = sourceOf(invocation);
  if (options.pr) return proposed(invocation, source);
  if (options.check || options.diff)
    return shown(invocation, await rotation(invocation, source, 'plan'), false);
  const consent = await askConsentOrFile<Rotation>({
    invocation,
    command: 'rotate',
    needsYes: false,
    plan: () => rotation(invocation, source, 'plan'),
    show: (planned) => host.result(json(planned), (width) => rotationText(planned, false, width)),
    textOf: (planned) => question(planned),
  });
  if (consent.kind === 'refused') return 0;
  if (consent.kind === 'go')
    return shown(invocation, await rotation(invocation, source, 'run', consent.agreed), true);
  const code = await shown(invocation, consent.planned, false);
  return code === 0 && consent.kind === 'saved' && consent.planned.writes.length > 0 ? 1 : code;
}

/** Loads only what the source needs: AWS and bakery.yaml take a second longer than the files alone. */
async function rotation(
  invocation: Invocation,
  source: NewIdSource,
  mode: 'run' | 'plan',
  agreed?: readonly PlannedWrite[],
): Promise<Rotation> {
  if (source.kind === 'channel') {
    return (await import('../../jobs/rotation/followed.ts')).followChannel(invocation, mode, agreed);
  }
  return (await import('../../jobs/rotation/explicit.ts')).rotateExplicitly(invocation, source, mode, agreed);
}

async function shown(invocation: Invocation, done: Rotation, written: boolean): Promise<ExitCode | 0> {
  const { host, options, cwd } = invocation;
  // If nothing could be decided, there is nothing to show but the errors.
  if (done.rotated.length + done.unresolved.length === 0) throwAll(done.errors);
  if (options.diff) {
    const diff = await diffText(done.edits, cwd);
    const { errors } = done;
    host.document({ ...json(done), diff }, () => diff);
    for (const { file, line, column, found, reason } of done.unresolved) {
      host.emit({ type: 'warning', text: `${found}: ${reason}`, file, line, column });
    }
    if (errors.length > 0) host.error(errors);
    return errors.length > 0 ? exitOf(errors) : difference(options, done);
  }
  if (options.validate) return validated(invocation, done, written);
  const code = showOutcome(host, done.errors, json(done), (width) => rotationText(done, written, width));
  return code === 0 ? difference(options, done) : code;
}

/** --pr: proposes the rotation without changing the working tree. A file that fails does not stop the others. */
async function proposed(invocation: Invocation, source: NewIdSource): Promise<ExitCode | 0> {
  const { host, options } = invocation;
  const first = await rotation(invocation, source, 'plan');
  if (first.edits.length === 0) return shown(invocation, first, false);
  const verdicts = options.validate ? await verdictsOf(invocation, first) : undefined;
  const viewOf = (planned: Rotation): { json: object; text: (width: number) => string } => ({
    json: { ...json(planned), ...(verdicts && { validated: verdicts.verdicts }) },
    text: (width) =>
      [rotationText(planned, false, width), ...(verdicts ? [verdicts.text(width)] : [])].join('\n\n'),
  });
  if (verdicts?.refused) {
    const view = viewOf(first);
    host.emit({ type: 'warning', text: 'no branch was written, because --validate found errors' });
    return showOutcome(host, first.errors, { ...view.json, pullRequest: null }, view.text) || 1;
  }
  const plans = [first];
  const consent = await askConsent<Rotation>({
    invocation,
    command: 'rotate',
    needsYes: false,
    plan: async () => plans.pop() ?? rotation(invocation, source, 'plan'),
    show: (planned) => host.result(viewOf(planned).json, viewOf(planned).text),
    textOf: (planned) => question(planned, options),
  });
  if (consent.kind === 'refused') return 0;
  const planned = consent.planned ?? first;
  if (planned.edits.length === 0) return shown(invocation, planned, false);
  const { proposeRotation } = await import('../../jobs/rotation/propose.ts');
  const done = await proposeRotation(invocation, planned);
  const view = viewOf(planned);
  const text = (width: number): string =>
    [view.text(width), ...(done ? [proposedText(done)] : [])].join('\n\n');
  return showOutcome(host, planned.errors, { ...view.json, pullRequest: done ?? null }, text);
}

async function verdictsOf(invocation: Invocation, planned: Rotation) {
  const { validateRotation, isRefused } = await import('../../jobs/rotation/validate.ts');
  const { validatedText } = await import('../rotation-validated-text.ts');
  const verdicts = await validateRotation(invocation, planned);
  return { verdicts, refused: isRefused(verdicts), text: (width: number) => validatedText(verdicts, width) };
}

async function validated(invocation: Invocation, done: Rotation, written: boolean): Promise<ExitCode | 0> {
  const { verdicts, refused, text: verdictText } = await verdictsOf(invocation, done);
  const table = (width: number): string => `${rotationText(done, written, width)}\n\n${verdictText(width)}`;
  const code = showOutcome(invocation.host, done.errors, { ...json(done), validated: verdicts }, table);
  if (code !== 0) return code;
  if (refused && written) {
    const text = 'the files were written in spite of that; --check --validate checks them without writing';
    invocation.host.emit({ type: 'warning', text });
  }
  return refused ? 1 : difference(invocation.options, done);
}

/** With --check, stale and unresolved references are differences. */
function difference(
  { check, allowUnresolved }: Pick<Invocation['options'], 'check' | 'allowUnresolved'>,
  { rotated, unresolved }: Rotation,
): 0 | 1 {
  const open = unresolved.length > 0 && !allowUnresolved;
  return check && (rotated.length > 0 || open) ? 1 : 0;
}

function json({ rotated, unresolved, updates }: Rotation): object {
  return { rotated, unresolved, updates };
}
