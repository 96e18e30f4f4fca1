import { createServer, type Socket } from 'node:net';

export interface FakeServer {
  host: '127.0.0.1';
  port: number;
  close(): Promise<void>;
}

/** A TCP server that treats each connection as told: for servers that are not what they should be. */
export function fakeServer(onConnection: (socket: Socket) => void): Promise<FakeServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    onConnection(socket);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        host: '127.0.0.1',
        port: typeof address === 'object' && address ? address.port : 0,
        close: () =>
          new Promise((done) => {
            for (const socket of sockets) socket.destroy();
            server.close(() => done());
          }),
      });
    });
  });
}

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/**
 * A server that lets everybody in and says it is of an old version: just enough of the protocol for the first
 * question (manual: 55.7 Message Formats).
 */
export function oldServer(versionNum: number): Promise<FakeServer> {
  const ready = message('Z', Buffer.from('I'));
  return fakeServer((socket) => {
    let started = false;
    let pending = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      if (!started) {
        started = true;
        pending = Buffer.alloc(0);
        const status = message('S', Buffer.from('server_version\u00009.6.24\u0000'));
        const key = message('K', Buffer.concat([int32(1234), int32(5678)]));
        socket.write(Buffer.concat([message('R', int32(0)), status, key, ready]));
        return;
      }
      while (pending.length >= 5) {
        const type = String.fromCharCode(pending[0] as number);
        const length = pending.readInt32BE(1) + 1;
        if (pending.length < length) return;
        pending = pending.subarray(length);
        // Everything is answered at Sync: one row of version, pid and search path.
        if (type === 'S') socket.write(Buffer.concat([...answer(versionNum), ready]));
      }
    });
  });
}

function answer(versionNum: number): Buffer[] {
  const column = (name: string, oid: number, size: number) =>
    Buffer.concat([
      Buffer.from(`${name}\u0000`),
      int32(0),
      int16(0),
      int32(oid),
      int16(size),
      int32(-1),
      int16(0),
    ]);
  const value = (text: string) => Buffer.concat([int32(text.length), Buffer.from(text)]);
  return [
    message('1', Buffer.alloc(0)),
    message('2', Buffer.alloc(0)),
    message(
      'T',
      Buffer.concat([int16(3), column('version', 23, 4), column('pid', 23, 4), column('path', 25, -1)]),
    ),
    message('D', Buffer.concat([int16(3), value(String(versionNum)), value('1234'), value('pg_catalog')])),
    message('C', Buffer.from('SELECT 1\u0000')),
  ];
}
