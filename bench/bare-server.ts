import { createServer } from 'node:http';

/**
 * Node.js HTTP server that responds to every request with a given number of bytes. It shows the
 * cost of loopback and Node.js alone.
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
