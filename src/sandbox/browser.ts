/** Recognizes requests of web pages, which must not reach the account. */
import type { IncomingHttpHeaders } from 'node:http';

/** A presigned object, which a person may open in a browser: Signature Version 4 of S3, or Version 2 (boto3). */
const PRESIGNED_OBJECT = /[?&](X-Amz-Credential=[^&]*(%2F|\/)s3(%2F|\/)aws4_request|AWSAccessKeyId=)/i;

/**
 * Why a request is refused. Browsers send `Origin` with every cross-origin POST, but not with the GET of an image, a
 * frame or a link. They send `Sec-Fetch-Site` with each request to this machine (W3C, "Fetch Metadata Request Headers"),
 * and no program does (Node's fetch sends only `Sec-Fetch-Mode`). A page that was bound to this address by name has
 * another `Host`.
 * @param url path and query, undecoded
 * @returns undefined if the request is not refused
 */
export function browserRefusal(
  method: string | undefined,
  url: string,
  headers: IncomingHttpHeaders,
): string | undefined {
  const mark = Object.keys(headers).find((name) => name === 'origin' || name === 'sec-fetch-site');
  const reads = method === 'GET' || method === 'HEAD';
  if (mark !== undefined && !(mark !== 'origin' && reads && PRESIGNED_OBJECT.test(url)))
    return `the sandbox does not answer web pages: the request has the header ${mark}, which only browsers send`;
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  if (/^(127(\.\d{1,3}){3}|localhost|([a-z0-9-]+\.)+localhost|\[::1\]|)$/i.test(host)) return undefined;
  return `the sandbox answers on 127.0.0.1 and localhost, not as ${host}`;
}
