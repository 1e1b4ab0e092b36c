/** Adds to an INTERNAL error what this process had written, and how to resume. */
import { BakeError } from '../../errors/bake-error.ts';
import { writtenSoFar } from '../../run/journal.ts';

/** Reads the writes from the journals of this process. @param command the command line */
export function withWrites(errors: readonly BakeError[], command: string): BakeError[] {
  return errors.map((error) => {
    if (error.code !== 'INTERNAL') return error;
    const { context, place, cause } = error as BakeError<'INTERNAL'>;
    const written = context.written ?? writtenSoFar(command);
    return new BakeError('INTERNAL', { ...context, ...(written && { written }) }, { place, cause });
  });
}
