/** What an INTERNAL error says: whether anything had been written by then, and how to resume. */
import { BakeError } from '../../errors/bake-error.ts';
import { writtenSoFar } from '../../run/journal.ts';

/** The same errors; a bug tells what the journals of this process say. @param command what was typed */
export function withWrites(errors: readonly BakeError[], command: string): BakeError[] {
  return errors.map((error) => {
    if (error.code !== 'INTERNAL') return error;
    const { context, place, cause } = error as BakeError<'INTERNAL'>;
    const written = context.written ?? writtenSoFar(command);
    return new BakeError('INTERNAL', { ...context, ...(written && { written }) }, { place, cause });
  });
}
