/** Shows the results of --validate. */
import type { ConfigVerdict } from '../programs/pcluster.ts';
import { columns } from '../text/tables.ts';

export function validatedText(verdicts: readonly ConfigVerdict[], width = Infinity): string {
  const rows = verdicts.flatMap(({ file, pcluster, releaseUnknown, skipped, messages, update }) => {
    const by = pcluster === undefined ? '' : `pcluster ${pcluster}`;
    const said = messages.map(({ path: at, message }) => (at === '' ? message : `${at}: ${message}`));
    const first =
      skipped === undefined
        ? said.length === 0
          ? ['its schema accepts it']
          : said
        : [`not validated: ${skipped}`];
    const live = update
      ? [
          `${update.cluster}: ${update.accepted ? 'the update would be accepted' : `the update would be rejected: ${update.message}`}`,
          ...update.changes.map(
            ({ path: at, refusal }) => `  ${at}${refusal === undefined ? '' : `: ${refusal}`}`,
          ),
          ...update.messages.map(({ message }) => `  ${message}`),
        ]
      : [];
    const own = releaseUnknown
      ? [
          `checked with the first pcluster on PATH, because the release of the cluster is not known: its result may differ`,
        ]
      : [];
    return [...first, ...own, ...live].map((text, at) => (at === 0 ? [file, by, text] : ['', '', text]));
  });
  return rows.length === 0 ? 'no cluster config to validate' : `Validated\n${columns(rows, '  ', width)}`;
}
