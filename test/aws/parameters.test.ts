/** Tests writes of parameters if SSM answers that another write is in progress. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { putAmiParameter } from '../../src/aws/parameters.ts';
import { openSession } from '../../src/aws/session.ts';
import { anyone } from '../support/account.ts';

it('retries a write after TooManyUpdates until SSM accepts it', async () => {
  let asked = 0;
  const server = http.createServer((request, response) => {
    request.resume();
    asked += 1;
    const busy = asked < 3;
    response.writeHead(busy ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(
      busy ? '{"__type":"TooManyUpdates","message":"There are concurrent updates"}' : '{"Version":3}',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const aws = openSession({ env: {}, endpoint, credentials: anyone });
  await putAmiParameter(aws, 'us-east-1', '/p', 'ami-0aaaaaaaaaaaaaaaa', 'bake publish');
  expect(asked).toBe(3);
  aws.close();
  server.closeAllConnections();
  server.close();
});
