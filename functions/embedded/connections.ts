import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** What a server's connections are at. */
export interface Connections {
  /**
   * A request came. @returns false: one of this connection is under way, and the connection is
   * closed; see {@link limitConnections}.
   */
  begin(socket: Socket): boolean;
  /** All of the request is there; the connection is not closed before its answer. */
  work(socket: Socket): void;
  /** The answer is given, and the connection waits for its client again. */
  end(socket: Socket): void;
  /**
   * Closes the connections that wait for their client, and every new one. The others are closed
   * with their answer.
   */
  drain(): void;
}

/**
 * Limits the connections of a server. When there is one too many, the one is closed that has waited
 * longest for its client, who said nothing, or not all: so idle connections do not keep others out.
 * While all are at work, it is the new one.
 *
 * A connection has one request at a time. Clients do not send more before they have the answer, and
 * the answers to thousands that came in one packet would all be held in memory.
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
      if (open.delete(socket)) open.set(socket, 'waiting'); // as the last that waits
    },
    drain() {
      isDraining = true;
      for (const [socket, at] of open) if (at === 'waiting') close(socket);
    },
  };
}
