/** AWS error responses and how each protocol encodes them. */
import { escapeXml } from './xml.ts';
import type { Model, Protocol } from './model.ts';

/** A handler throws this to refuse a request, with the code and message that AWS uses. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: string, message: string, status = 400, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.headers = headers;
  }
}

/** Part of a file that is the body of a response. The server always closes the descriptor, even if it sends nothing. */
export interface FilePart {
  descriptor: number;
  start: number;
  length: number;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** Sent instead of `body`. */
  file?: FilePart | undefined;
}

/**
 * Encodes an error. JSON protocols name it in `__type` and in a header (smithy.io, awsJson1_1 and restJson1 operation
 * error serialization), the query protocols use XML (EC2 and STS API references, "Errors"), and S3 has its own XML
 * format (S3 API reference, "Error responses"). The message names the sandbox, so that nobody takes it for AWS's.
 */
export function errorAnswer(
  refusal: AwsError,
  protocol: Protocol,
  requestId: string,
  model?: Model,
): HttpAnswer {
  const { code, headers } = refusal;
  const error = { code, headers, message: `${refusal.message} (bake's sandbox refused this, not AWS)` };
  const status = model?.errors[error.code]?.httpStatusCode ?? refusal.status;
  if (protocol === 'json' || protocol === 'rest-json') {
    return {
      status,
      headers: {
        'content-type': protocol === 'json' ? 'application/x-amz-json-1.1' : 'application/json',
        'x-amzn-requestid': requestId,
        'x-amzn-errortype': error.code,
      },
      body: JSON.stringify({ __type: error.code, message: error.message }),
    };
  }
  if (protocol === 'rest-xml') {
    const body =
      `<Error><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>` +
      `<RequestId>${requestId}</RequestId><HostId>sandbox</HostId></Error>`;
    return {
      status,
      headers: { ...error.headers, 'content-type': 'application/xml', 'x-amz-request-id': requestId },
      body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
    };
  }
  const inner = `<Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
  const body =
    protocol === 'ec2'
      ? `<Response><Errors><Error>${inner}</Error></Errors><RequestID>${requestId}</RequestID></Response>`
      : `<ErrorResponse xmlns="${model?.metadata.xmlNamespace ?? ''}"><Error><Type>Sender</Type>${inner}</Error>` +
        `<RequestId>${requestId}</RequestId></ErrorResponse>`;
  return {
    status,
    headers: { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}
