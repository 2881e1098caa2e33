import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** State of a server's connections. */
export interface Connections {
  /**
   * Records the start of a request. If the connection already has a request in progress, closes it
   * and returns false; see {@link limitConnections}.
   */
  begin(socket: Socket): boolean;
  /** Records that a request was received in full. Its connection stays open until the response. */
  work(socket: Socket): void;
  /** Records that the response was sent: the connection waits for its client again. */
  end(socket: Socket): void;
  /**
   * Closes idle connections at once and new connections as they arrive. Busy connections close
   * after their response.
   */
  drain(): void;
}

/**
 * Limits the connections of a server. A connection above the limit closes the one that has waited
 * longest for its client, so that idle connections do not keep others out. If all are busy, the new
 * connection is closed.
 *
 * A connection has one request at a time. Pipelined requests are refused, because the responses to
 * thousands of requests in one packet would all be held in memory.
 */
export function limitConnections(server: Server, most: number): Connections {
  const open = new Map<Socket, 'waiting' | 'reading' | 'working'>();
  let isDraining = false;
  const close = (socket: Socket) => {
    open.delete(socket);
    socket.destroy();
  };

  server.on('connection', (socket: Socket) => {
    if (isDraining) return close(socket);
    open.set(socket, 'waiting');
    socket.once('close', () => open.delete(socket));
    if (open.size <= most) return;
    const [longest] = [...open].find(([, at]) => at !== 'working') ?? [];
    close(longest ?? socket);
  });

  return {
    begin(socket) {
      const at = open.get(socket);
      if (at === 'waiting') open.set(socket, 'reading');
      else close(socket);
      return at === 'waiting';
    },
    work(socket) {
      if (open.has(socket)) open.set(socket, 'working');
    },
    end(socket) {
      if (open.delete(socket)) open.set(socket, 'waiting'); // moves it to the end of the map
    },
    drain() {
      isDraining = true;
      for (const [socket, at] of open) if (at === 'waiting') close(socket);
    },
  };
}
