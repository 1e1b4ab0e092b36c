/** How the verdicts of --validate are shown. */
import type { ConfigVerdict } from '../programs/pcluster.ts';
import { columns } from '../text/tables.ts';

export function validatedText(verdicts: readonly ConfigVerdict[]): string {
  const rows = verdicts.flatMap(({ file, pcluster, releaseUnknown, skipped, messages, update }) => {
    const by = pcluster === undefined ? '' : `pcluster ${pcluster}`;
    const said = messages.map(({ path: at, message }) => (at === '' ? message : `${at}: ${message}`));
    const first =
      skipped === undefined
        ? said.length === 0
          ? ['its schema takes it']
          : said
        : [`not validated: ${skipped}`];
    const live = update
      ? [
          `${update.cluster}: ${update.accepted ? 'the update would be taken' : `the update would be refused: ${update.message}`}`,
          ...update.changes.map(
            ({ path: at, refusal }) => `  ${at}${refusal === undefined ? '' : `: ${refusal}`}`,
          ),
          ...update.messages.map(({ message }) => `  ${message}`),
        ]
      : [];
    const own = releaseUnknown
      ? [
          `judged by the first pcluster on PATH: the cluster's own release is not known, and may say otherwise`,
        ]
      : [];
    return [...first, ...own, ...live].map((text, at) => (at === 0 ? [file, by, text] : ['', '', text]));
  });
  return rows.length === 0 ? 'no cluster config to validate' : `Validated\n${columns(rows, '  ')}`;
}
