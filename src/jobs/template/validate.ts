/** Checks a template with cfn-lint, and the config inside it with the schema of the installed pcluster. */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { innerConfig } from '../../template/inner.ts';
import type { ClusterTemplate } from '../../template/template.ts';
import { lintTemplate } from '../../programs/cfn-lint.ts';
import { validateConfigs, type ConfigVerdict } from '../../programs/pcluster.ts';
import type { Invocation } from '../invocation.ts';

export interface Validated {
  /** `cfn-lint 1.58.0` */
  by: string[];
  /** `line 12: E1001 …`, `HeadNode.InstanceType: …` */
  findings: string[];
  /** The programs that are missing, and how bake noticed. */
  missing: string[];
}

export async function validateTemplate(
  { text }: ClusterTemplate,
  { parallelcluster, region }: { parallelcluster: string; region: string },
  { env, signal }: Invocation,
): Promise<Validated> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'bake-template-'));
  try {
    const file = path.join(folder, 'cluster.template.yaml');
    await fs.writeFile(file, Buffer.from(text, 'latin1'));
    const inner = Buffer.from(JSON.stringify(innerConfig(text)));
    const [lint, verdicts] = await Promise.all([
      lintTemplate(file, region, { env, signal }),
      validateConfigs([{ file, bytes: inner, region, parallelcluster }], { env, signal }),
    ]);
    const schema: ConfigVerdict = verdicts[0] ?? { file, skipped: 'pcluster gave no result', messages: [] };
    return {
      by: [
        ...('version' in lint ? [`cfn-lint ${lint.version}`] : []),
        ...(schema.pcluster === undefined ? [] : [`pcluster ${schema.pcluster}`]),
      ],
      findings: [
        ...('findings' in lint ? lint.findings.map(({ line, text: words }) => `line ${line}: ${words}`) : []),
        ...schema.messages.map(({ path: at, message }) => (at === '' ? message : `${at}: ${message}`)),
      ],
      missing: [
        ...('missing' in lint ? [lint.missing] : []),
        ...(schema.skipped === undefined ? [] : [schema.skipped]),
      ],
    };
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}
