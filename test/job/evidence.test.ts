/** Tests the evidence of whole runs: an S3 store, signed provenance and its check, and notifications. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession, type Session } from '../../src/aws/session.ts';
import type { Sandbox } from '../../src/sandbox/contract.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { openGitHubApi, type GitHubApi } from '../support/github-api.ts';
import { anyone, stateOf } from '../support/account.ts';
import { bake } from '../support/bake.ts';
import { exampleProject, readExample } from '../support/project.ts';

const settings = `
store: s3://bakery-111122223333/prod
provenance: { key: kms:alias/bakery-provenance }
notify: { sns: "arn:aws:sns:us-east-1:111122223333:bakery", github: true, on: [failed, missed, published] }
`;
let folder: string;
let sandbox: Sandbox;
let aws: Session;
let store: Store;
let api: GitHubApi;
beforeAll(async () => {
  folder = exampleProject({ 'bakery.yaml': readExample('bakery.yaml') + settings });
  sandbox = await openSandbox({ state: stateOf(folder), rehearse: 'off' });
  aws = openSession({ env: {}, endpoint: sandbox.endpoint, credentials: anyone });
  store = await openStore('s3://bakery-111122223333/prod', { aws, region: 'us-east-1', folder });
  api = await openGitHubApi('me/images');
});
afterAll(async () => {
  api.close();
  aws.close();
  await sandbox.close();
  fs.rmSync(folder, { recursive: true });
});

const run = (...args: string[]) => {
  const github = { GITHUB_REPOSITORY: 'me/images', GITHUB_TOKEN: 'ghs_secret', GITHUB_API_URL: api.url };
  const env = {
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    ...github,
  };
  return bake([...args, '--os', 'alinux2', '--json'], { cwd: folder, env });
};
const messages = async () =>
  (
    (await (await fetch(`${sandbox.endpoint}/_sandbox/messages`)).json()) as {
      messages: { subject: string }[];
    }
  ).messages.map(({ subject }) => subject);
const fault = (body: object) =>
  fetch(`${sandbox.endpoint}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(body) });

describe('a run with a store in S3, a key in KMS and a topic', () => {
  it('writes valid evidence to the run folder and the store, and notifies of the new image', async () => {
    const ran = await run('run');
    expect(ran.exitCode, ran.stderr).toBe(0);
    const { images, run: id } = JSON.parse(ran.stdout) as {
      run: string;
      images: { fingerprint: string; imageId: string }[];
    };
    const hex = images[0]?.fingerprint.replace('sha256:', '');
    const names = ['provenance.dsse.json', 'verify.json', 'verify.junit.xml'];
    const kept = `images/${hex}/${id}`;
    expect(await store.list(`${kept}/`)).toEqual(
      expect.arrayContaining(names.map((name) => `${kept}/${name}`)),
    );
    expect(await messages()).toEqual([expect.stringContaining(`is now ${images[0]?.imageId}`)]);
    expect(api.issues).toEqual([]);

    const checked = await run('verify', '--provenance');
    expect(checked.exitCode, checked.stderr).toBe(0);
    expect(JSON.parse(checked.stdout)).toMatchObject({
      provenance: [{ imageId: images[0]?.imageId, problems: [] }],
    });

    await store.put(`${kept}/verify.json`, '{"passed": 1000}');
    const tampered = await run('verify', '--provenance');
    expect(tampered.exitCode).toBe(1);
    expect(tampered.stdout).toContain('verify.json changed after it was signed');
  });

  it('notifies of a failed bake by message and issue, and closes the issue after a successful run', async () => {
    const before = await messages();
    await fault({ failBuilds: true });
    const failed = await run('run', '--rebake');
    expect(failed.exitCode).toBe(4);
    expect((await messages()).slice(before.length)).toEqual([
      expect.stringMatching(/^bake: alinux2 x86_64.* failed \(BAKE_FAILED\)$/),
    ]);
    expect(api.issues).toMatchObject([{ state: 'open', title: 'bake needs attention' }]);
    expect(api.issues[0]?.body).toMatch(/alinux2 x86_64[\s\S]*Since 20/);
    await fault({});
    const well = await run('run');
    expect(well.exitCode, well.stderr).toBe(0);
    expect(api.issues).toMatchObject([{ state: 'closed' }]);
    expect((await messages()).length).toBe(before.length + 1);
  });

  it('only warns if no notification can be sent', async () => {
    api.failWith = 500;
    const ran = await run('run');
    api.failWith = undefined;
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toMatch(/GitHub issue was not updated: GitHub answered GET \S+ with 500/);
    expect(ran.stderr).not.toContain('ghs_secret');
  });

  it('warns in a plan about a channel that got no image for too long, and sends no notification', async () => {
    const before = await messages();
    const now = new Date(Date.now() + 75 * 86_400_000).toISOString();
    const clock = (body: object) =>
      fetch(`${sandbox.endpoint}/_sandbox/clock`, { method: 'POST', body: JSON.stringify(body) });
    await clock({ now });
    const planned = await run('plan');
    await clock({ now: new Date().toISOString() });
    expect(planned.exitCode, planned.stderr).toBe(1);
    expect(planned.stderr).toMatch(
      /\/hpc\/ami\/stable\/alinux2\S* in us-east-1 is 7\d days old: .* no image was made in \S+/,
    );
    expect(await messages()).toEqual(before);
  });

  it('bakes nothing with a key that cannot sign, and reports that before any write', async () => {
    const file = path.join(folder, 'bakery.yaml');
    const text = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(file, text.replaceAll('alias/bakery-provenance', 'alias/bakery'));
    const ran = await run('run', '--rebake');
    fs.writeFileSync(file, text);
    expect(ran.exitCode).toBe(2);
    expect(ran.stdout).toContain('PROVENANCE_KEY');
    expect(api.issues).toMatchObject([{ state: 'closed' }, { state: 'open' }]);
  });
});
