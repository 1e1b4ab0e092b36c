/** Owns the errors AWS answers with, and how each protocol writes them. */
import { escapeXml } from './xml.ts';
import type { Model, Protocol } from './model.ts';

/** What a handler throws to refuse a request: AWS's own code and wording. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/**
 * The answer that carries an error. JSON protocols name it in `__type` and a header (smithy.io, awsJson1_1 and
 * restJson1 operation error serialisation), the query protocols in XML (EC2 and STS API references, "Errors").
 */
export function errorAnswer(error: AwsError, protocol: Protocol, requestId: string, model?: Model): Answer {
  const status = model?.errors[error.code]?.httpStatusCode ?? error.status;
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
