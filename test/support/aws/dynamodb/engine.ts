import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import dynalite from 'dynalite';

/** A request body or answer of DynamoDB, as the wire has it: binary values are base64 text. */
export type Body = Record<string, unknown>;

/** What came back: the HTTP status and the body. */
export interface EngineAnswer {
  readonly status: number;
  readonly body: Body;
}

/**
 * A fresh, empty dynalite, called in this process.
 *
 * No socket is opened: its server is handed requests as its HTTP parser would have made them. What
 * dynalite uses of a request and a response is little, and a version that uses more fails in the
 * first test.
 */
export function startEngine(): (operation: string, body: Body) => Promise<EngineAnswer> {
  // the front counts an item's bytes as AWS does, dynalite about so: it is given room to disagree
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, maxItemSizeKb: 404 });
  return (operation, body) => send(server, operation, JSON.stringify(body));
}

function send(server: Server, operation: string, text: string): Promise<EngineAnswer> {
  const request = Object.assign(new EventEmitter(), {
    method: 'POST',
    url: '/',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      // it looks for the parts of a signature and checks none
      authorization:
        'AWS4-HMAC-SHA256 Credential=x/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x',
      'x-amz-date': '20260101T000000Z',
    },
  });
  return new Promise((resolve) => {
    const response = {
      statusCode: 200,
      setHeader() {},
      end: (answer: string) =>
        resolve({ status: response.statusCode, body: JSON.parse(answer) as Body }),
    };

    server.emit('request', request, response);
    request.emit('data', Buffer.from(text));
    request.emit('end');
  });
}
