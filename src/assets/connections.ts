/** Chooses the connection for an exchange: a free one to the same origin, else a new one. */
import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { connect, type Connection } from './connection.ts';

export interface Connections {
  /** @returns whether it was used before: the server may have closed it in the meantime */
  take(url: URL): { connection: Connection; reused: boolean };
  /** Returns a connection for reuse, where it is still usable. */
  give(url: URL, connection: Connection): void;
  /** Ends all connections, including those in use. */
  close(): void;
}

/** @param agents open the connections, through the proxy where one is set */
export function connections(agents: { https: HttpsAgent; http: HttpAgent }): Connections {
  const idle = new Map<string, Connection[]>();
  const all = new Set<Connection>();
  return {
    take(url) {
      const waiting = idle.get(url.origin) ?? [];
      for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
        if (one.free) return { connection: one, reused: true };
        all.delete(one);
      }
      const connection = connect(url.protocol === 'https:' ? agents.https : agents.http, url);
      all.add(connection);
      return { connection, reused: false };
    },
    give(url, connection) {
      if (!connection.free) {
        all.delete(connection);
        return;
      }
      const waiting = idle.get(url.origin);
      if (waiting === undefined) idle.set(url.origin, [connection]);
      else waiting.push(connection);
    },
    close() {
      for (const one of all) one.destroy(new Error('stopped'));
      all.clear();
      idle.clear();
    },
  };
}
