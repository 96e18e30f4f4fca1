import { randomBytes } from 'node:crypto';
import { scratchDirectory } from '@/lib/testing/scratch';
import { freePort } from '@/lib/tools/ports';
import { sendSignal } from '@/lib/tools/process-groups';
import { findProgram } from '@/lib/tools/programs';
import { startRedisServer } from '@/lib/tools/redis';
import { toolUserName } from '@/lib/tools/system-user';

/** A real Redis of a test, on loopback with a password, in memory alone. */
export interface TestRedis {
  host: '127.0.0.1';
  port: number;
  password: string;
  /** `redis://:…@127.0.0.1:port` */
  url: string;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
  /** SIGKILL: everything in it is lost. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port. */
  restart(): Promise<void>;
}

export async function startRedis(): Promise<TestRedis> {
  const program = findProgram('redis-server');
  if (!program) throw new Error('redis-server is not installed');
  const scratch = scratchDirectory('redis');
  const password = randomBytes(12).toString('hex');
  const port = await freePort();
  const start = () =>
    startRedisServer({ program, directory: scratch.path, port, password, user: toolUserName() });
  let server = await start();
  const kill = async () => {
    sendSignal(server.pid, 'SIGKILL');
    await server.exited;
  };
  return {
    host: '127.0.0.1',
    port,
    password,
    url: `redis://:${password}@127.0.0.1:${port}`,
    stop: async () => {
      await kill();
      scratch.remove();
    },
    kill,
    restart: async () => {
      await kill();
      server = await start();
    },
  };
}
