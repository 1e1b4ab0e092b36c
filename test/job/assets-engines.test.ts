/** Tests how an asset of 1 MiB gets into an Image Builder image: through S3, never inside a script, and unchanged. */
import fs from 'node:fs';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeIsolation } from '../../src/engines/rehearsal/rehearse.ts';
import { openSession, type Session } from '../../src/aws/session.ts';
import type { Sandbox } from '../../src/sandbox/contract.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { sha256 } from '../../src/util/sha256.ts';
import { anyone, stateOf } from '../support/account.ts';
import { bake } from '../support/bake.ts';
import { exampleProject } from '../support/project.ts';

const STORE = 's3://bakery-111122223333/prod';
const bytes = randomBytes(1024 * 1024);
const digest = sha256(bytes);
const canRun = (await probeIsolation()).isolation !== 'none';

let folder: string;
let sandbox: Sandbox;
let aws: Session;
let store: Store;
beforeAll(async () => {
  folder = exampleProject({
    'bakery.yaml': `version: 1\ndefaults: { recipe: recipe.yaml }\ntargets: [{ os: alinux2023, arch: [x86_64, arm64] }]\nassets: assets.yaml\nstore: ${STORE}\n`,
    'recipe.yaml': 'steps: [assets]\n',
    'assets.yaml': `version: 1
assets:
  - { name: large, file: large.bin, sha256: ${digest}, path: /opt/site/large.bin, for: { arch: [x86_64] } }
  - { name: small, file: small.txt, sha256: ${sha256('small\n')}, path: /opt/site/small.txt, mode: "0600" }
`,
    'small.txt': 'small\n',
  });
  fs.writeFileSync(path.join(folder, 'large.bin'), bytes);
  sandbox = await openSandbox({ state: stateOf(folder), rehearse: 'on' });
  aws = openSession({ env: {}, endpoint: sandbox.endpoint, credentials: anyone });
  store = await openStore(STORE, { aws, region: 'us-east-1', folder });
});
afterAll(async () => {
  aws.close();
  await sandbox.close();
  fs.rmSync(folder, { recursive: true });
});

async function run(...args: string[]) {
  const env = { AWS_ENDPOINT_URL: sandbox.endpoint, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };
  const ran = await bake([...args, '--os', 'alinux2023', '--json'], { cwd: folder, env });
  return { ...ran, json: JSON.parse(ran.stdout) as Record<string, unknown> };
}

interface Row {
  id: string;
  outcome: string;
  found: string;
}

describe.skipIf(!canRun)('an asset of 1 MiB', () => {
  it('goes through S3 and arrives in the image unchanged, with nothing left of the transfer', async () => {
    const ran = await run('run', '--arch', 'x86_64');
    expect(ran.exitCode, ran.stderr).toBe(0);
    const staged = (await store.list('staged/')).filter((key) => !key.endsWith('.yaml'));
    expect(staged).toEqual([`staged/${digest}/asset-large`]);
    expect((await store.get(staged[0] as string))?.equals(bytes)).toBe(true);
    const verify = (await store.list('images/')).find((key) => key.endsWith('/verify.json')) as string;
    const { rows } = JSON.parse(String(await store.get(verify))) as { rows: Row[] };
    const ours = rows.filter(({ id }) => id.startsWith('asset'));
    expect(ours.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'asset-large passed',
      'asset-small passed',
      'assets-manifest passed',
      'assets-staging passed',
    ]);
    expect(ours[0]?.found).toContain(digest);
  });

  it('fails the build when S3 holds other bytes', async () => {
    const other = Buffer.from(bytes);
    other[1000] = (other[1000] as number) ^ 1;
    await store.put(`staged/${digest}/asset-large`, other);
    const ran = await run('run', '--arch', 'x86_64', '--rebake');
    expect(ran.exitCode).toBe(4);
    const text = JSON.stringify(ran.json);
    expect(text).toContain('asset-large');
    expect(text).toContain(`sha256 of the file staged for /opt/site/large.bin is ${sha256(other)}`);
  });

  it('is refused before anything is written when no S3 store is set', async () => {
    const file = path.join(folder, 'bakery.yaml');
    const text = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(file, text.replace(`store: ${STORE}`, 'store: .bakery/store'));
    const ran = await run('run', '--arch', 'x86_64');
    fs.writeFileSync(file, text);
    expect(ran).toMatchObject({
      exitCode: 2,
      json: { errors: [{ code: 'STEP_TOO_LARGE', hint: expect.stringContaining('store: s3://') as string }] },
    });
  });

  it('does not affect the other architecture: a changed asset bakes only its own image again', async () => {
    const before = await run('plan');
    fs.writeFileSync(path.join(folder, 'large.bin'), 'another');
    const list = fs.readFileSync(path.join(folder, 'assets.yaml'), 'utf8');
    fs.writeFileSync(path.join(folder, 'assets.yaml'), list.replace(digest, sha256('another')));
    const after = await run('plan');
    const prints = ({ json }: typeof before) =>
      Object.fromEntries(
        (json['images'] as { arch: string; fingerprint: string }[]).map((one) => [one.arch, one.fingerprint]),
      );
    expect(prints(after)['arm64']).toBe(prints(before)['arm64']);
    expect(prints(after)['x86_64']).not.toBe(prints(before)['x86_64']);
  });

  it('is refused before anything is written when its file has changed', async () => {
    fs.writeFileSync(path.join(folder, 'large.bin'), 'tampered');
    expect(await run('run')).toMatchObject({ exitCode: 2, json: { errors: [{ code: 'ASSET_DIGEST' }] } });
  });
});
