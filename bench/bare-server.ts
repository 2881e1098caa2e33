import { createServer } from 'node:http';

/**
 * A server of Node that does nothing but answer, with as many bytes as it is told: what loopback
 * and Node cost by themselves.
 */
const body = Buffer.from(
  JSON.stringify({ text: 'x'.repeat(Math.max(0, Number(process.argv[2]) - 11)) }),
);
const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(
    JSON.stringify({ url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` }),
  );
});
