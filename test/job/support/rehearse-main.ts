/** The process that rehearses for a test: it reads the request from stdin and prints the rehearsal as JSON. */
import { json } from 'node:stream/consumers';

import { rehearse, rehearseWith } from '../../../src/engines/rehearsal/rehearse.ts';
import type { Order } from './rehearse-as.ts';

const { request, rung } = (await json(process.stdin)) as Order;
const watched = { ...request, onLine: (_: string, line: string) => process.stderr.write(`${line}\n`) };
try {
  const rehearsal = await (rung ? rehearseWith(watched, rung) : rehearse(watched));
  process.stdout.write(JSON.stringify({ rehearsal }));
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  process.stdout.write(JSON.stringify({ error: `${code ?? 'INTERNAL'}: ${message}` }));
}
