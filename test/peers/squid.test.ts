/** Tests assets behind a real TLS-inspecting proxy: Squid with ssl-bump and a CA of its own, known and unknown. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeGitHub, listen, release, type FakeGitHub } from '../assets/support/github.ts';
import { placeFor, refused } from '../assets/support/place.ts';
import { emptyFolder } from '../support/project.ts';

const CERTGEN = '/usr/lib/squid/security_file_certgen';
const found = spawnSync('squid', ['-v'], { encoding: 'utf8' });
const missing = found.status !== 0 || !found.stdout.includes('with-openssl') || !fs.existsSync(CERTGEN);
if (missing && process.env['CI'] === 'true')
  throw new Error('squid with ssl-bump (squid-openssl) is not here');
if (missing) process.stderr.write('skipped: squid with ssl-bump (squid-openssl) is not here\n');

describe.skipIf(missing)('behind Squid with ssl-bump', () => {
  const folder = emptyFolder();
  const bytes = randomBytes(2 * 1024 * 1024);
  let github: FakeGitHub;
  let squid: ChildProcess;
  let proxy: string;

  beforeAll(async () => {
    github = await fakeGitHub();
    release(github, 'acme/tool', 'v1', 'tool.bin', bytes);
    fs.chmodSync(folder, 0o777);
    const ca = [
      '-subj',
      '/CN=Inspection CA',
      '-addext',
      'basicConstraints=critical,CA:TRUE',
      '-addext',
      'keyUsage=critical,keyCertSign,cRLSign',
    ];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        ...ca,
        '-keyout',
        `${folder}/ca.key`,
        '-out',
        `${folder}/ca.pem`,
      ],
      { stdio: 'ignore' },
    );
    fs.writeFileSync(
      `${folder}/both.pem`,
      fs.readFileSync(`${folder}/ca.pem`, 'utf8') + fs.readFileSync(`${folder}/ca.key`, 'utf8'),
    );
    execFileSync(CERTGEN, ['-c', '-s', `${folder}/certs`, '-M', '4MB'], { stdio: 'ignore' });
    const probe = net.createServer();
    const port = await listen(probe);
    probe.close();
    await once(probe, 'close');
    fs.writeFileSync(
      `${folder}/squid.conf`,
      `http_port 127.0.0.1:${port} ssl-bump tls-cert=${folder}/both.pem generate-host-certificates=on
sslcrtd_program ${CERTGEN} -s ${folder}/certs -M 4MB
sslcrtd_children 1
tls_outgoing_options cafile=${github.caFile}
acl all_steps at_step SslBump1
ssl_bump peek all_steps
ssl_bump bump all
acl denied dstdomain denied.example
http_access deny denied
http_access allow localhost
http_access deny all
cache deny all
cache_log ${folder}/cache.log
access_log stdio:${folder}/access.log
pid_filename none
coredump_dir ${folder}
`,
    );
    // Squid started by root changes to another user, who must be able to write here.
    execFileSync('chmod', ['-R', 'a+rwX', folder]);
    squid = spawn('squid', ['-N', '-f', `${folder}/squid.conf`], { stdio: 'ignore' });
    for (let tries = 0; tries < 100; tries++) {
      const socket = net.connect(port, '127.0.0.1');
      const open = await Promise.race([
        once(socket, 'connect').then(() => true),
        once(socket, 'error').then(
          () => false,
          () => false,
        ),
      ]).catch(() => false);
      socket.destroy();
      if (open) break;
      await sleep(100);
    }
    proxy = `http://127.0.0.1:${port}`;
  });

  afterAll(async () => {
    squid.kill('SIGTERM');
    await Promise.race([once(squid, 'exit'), sleep(5000)]);
    squid.kill('SIGKILL');
    await github.close();
  });

  function place() {
    const made = placeFor(github, { HTTPS_PROXY: proxy });
    made.write('assets:\n  - { name: tool, release: { repo: acme/tool, tag: v1, file: tool.bin } }\n');
    return made;
  }

  it('downloads everything through a CA that is trusted', async () => {
    const one = place();
    fs.copyFileSync(`${folder}/ca.pem`, path.join(one.folder, 'certs/inspection.pem'));
    await one.lock();
    expect(await one.fetch()).toMatchObject({ fetched: { files: 1, bytes: bytes.length } });
    expect((await one.verify()).findings).toEqual([]);
    expect(fs.readFileSync(`${folder}/access.log`, 'utf8')).toContain('/acme/tool/v1/tool.bin');
  });

  it('reports a CA that is not trusted as TLS inspection', async () => {
    const [error] = await refused(place().lock());
    expect(error).toMatchObject({ code: 'ASSET_TLS_CA', exit: 3 });
    expect(error?.hint).toContain('inspects TLS');
  });

  // Squid accepts the tunnel and answers inside it with its error page, as a browser would show it.
  it.each([
    ['refuses by its rules', 'https://denied.example', 'ASSET_PROXY_PAGE', 403],
    ['cannot reach itself', 'https://localhost:1', 'ASSET_SERVER', 503],
  ])('reports a host that the proxy %s with the text of the proxy’s page', async (_, host, code, status) => {
    const one = place();
    one.env['GITHUB_API_URL'] = `${host}/api/v3`;
    fs.copyFileSync(`${folder}/ca.pem`, path.join(one.folder, 'certs/inspection.pem'));
    const [error, ...more] = await refused(one.lock());
    expect(more).toEqual([]);
    expect(error).toMatchObject({ code, exit: 3 });
    expect(error?.message).toContain(`answers ${status}`);
    expect(error?.message).toContain('The requested URL could not be retrieved');
  });
});
