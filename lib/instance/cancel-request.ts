import { connect as connectSocket, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

export interface CancelTarget {
  host: string;
  port: number;
  /** As the session itself is encrypted; the key must not travel in clear text beside it. */
  tls: ConnectionOptions | undefined;
  processId: number;
  secretKey: number;
}

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Asks the server to stop what a session runs (PostgreSQL documentation, 55.2.8). Resolves when the server has
 * closed the connection, after which the signal has been sent; or after `deadlineMs`. Never throws: whether it
 * helped shows in the session.
 */
export function requestCancel(target: CancelTarget, deadlineMs: number): Promise<void> {
  const packet = Buffer.alloc(16);
  packet.writeInt32BE(16, 0);
  packet.writeInt32BE(80_877_102, 4);
  packet.writeInt32BE(target.processId, 8);
  packet.writeInt32BE(target.secretKey, 12);
  return new Promise((resolve) => {
    const raw: Socket = target.host.startsWith('/')
      ? connectSocket(`${target.host}/.s.PGSQL.${target.port}`)
      : connectSocket(target.port, target.host);
    const done = () => {
      clearTimeout(timer);
      raw.destroy();
      resolve();
    };
    const timer = setTimeout(done, deadlineMs);
    raw.on('error', done);
    raw.on('close', done);
    const { tls } = target;
    if (!tls) {
      raw.on('connect', () => raw.write(packet));
      return;
    }
    raw.on('connect', () => raw.write(sslRequest));
    raw.once('data', (answer) => {
      if (answer.toString('latin1') !== 'S') return done();
      const secure = connectTls({ ...tls, socket: raw, host: target.host }, () => secure.write(packet));
      secure.on('error', done);
      secure.on('close', done);
      secure.resume();
    });
  });
}
