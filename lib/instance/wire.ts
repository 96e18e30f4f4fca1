import type { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { InstanceError } from '@/lib/instance/instance-error';

/** The part of pg's Connection that we build on; its types leave some of it out. */
interface WireConnection extends EventEmitter {
  readonly stream: Duplex;
  startup(parameters: Record<string, string>): void;
}

type ConnectionConstructor = new (config: {
  stream: Socket;
  ssl: ConnectionOptions | false;
  keepAlive: boolean;
}) => WireConnection;

const BaseConnection = pg.Connection as unknown as ConnectionConstructor;

/** The largest answer until a session is usable: parameters, a challenge, perhaps a long error. */
const handshakeMaxBytes = 64 * 1024;

/**
 * pg's Connection with three additions. What is sent at start is exactly ours (pg would add PGOPTIONS), and only
 * what poolers accept. Bytes are counted as they come, so that an answer above the cap is refused before it is
 * gathered in memory. A request for the password in clear text or as MD5 is noticed before it is answered.
 */
export class BoundedConnection extends BaseConnection {
  readonly socket: Socket;
  /** Set when the peer asked for the password in a way that gives it away. */
  weakRequest: 'cleartext' | 'md5' | undefined;
  private budget = handshakeMaxBytes;
  private overrun: (() => void) | undefined;

  constructor(tls: ConnectionOptions | undefined) {
    const socket = new Socket();
    super({ stream: socket, ssl: tls ?? false, keepAlive: true });
    this.socket = socket;
    this.on('authenticationCleartextPassword', () => {
      this.weakRequest = 'cleartext';
    });
    this.on('authenticationMD5Password', () => {
      this.weakRequest = 'md5';
    });
    // The stream is another one once TLS is up; before, the server may send one byte and nothing more.
    this.once(tls ? 'sslconnect' : 'connect', () => {
      this.stream.on('data', (chunk: Buffer) => {
        this.budget -= chunk.length;
        if (this.budget < 0) this.overrun?.();
      });
    });
  }

  override startup(parameters: Record<string, string>): void {
    const { user, database, application_name: applicationName } = parameters;
    super.startup({
      user: user ?? '',
      database: database ?? '',
      ...(applicationName && { application_name: applicationName }),
      TimeZone: 'UTC',
      DateStyle: 'ISO',
    });
  }

  /** Allows so many bytes from now on; beyond them `onOverrun` is called with the error and the socket is closed. */
  allow(maxBytes: number, onOverrun: (error: InstanceError) => void): void {
    this.budget = maxBytes;
    this.overrun = () => {
      this.overrun = undefined;
      onOverrun(
        new InstanceError('too-large', `The server’s answer is larger than ${maxBytes} bytes.`, {
          next: 'The connection was closed; what was asked for must be narrowed.',
        }),
      );
      this.socket.destroy();
    };
  }

  /** Arms the cap of the handshake. */
  allowHandshake(onOverrun: (error: InstanceError) => void): void {
    this.allow(handshakeMaxBytes, onOverrun);
  }
}
