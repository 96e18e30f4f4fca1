import { connect } from 'node:net';
import { PlumblineError } from '@/lib/base/errors';
import { writeSecretFile } from '@/lib/tools/files';
import { type RunningTool, startTool } from '@/lib/tools/process';

export interface StartRedisOptions {
  /** Path of redis-server. */
  program: string;
  /** Holds its configuration and, when persistent, its data. Owned by `user`. */
  directory: string;
  port: number;
  host?: string;
  password: string;
  /** Keeps an append-only file; without it all is gone at its end. */
  persistent?: boolean;
  user?: string;
  logFile?: string;
  deadlineMs?: number;
}

/**
 * Starts redis-server on loopback and waits for its PONG. The password is in a file of mode 0600, not in argv.
 * `noeviction`: a queue's keys must never be dropped to make room.
 */
export async function startRedisServer(options: StartRedisOptions): Promise<RunningTool> {
  const host = options.host ?? '127.0.0.1';
  const configFile = `${options.directory}/redis.conf`;
  const config = [
    `bind ${host}`,
    `port ${options.port}`,
    `requirepass ${options.password}`,
    'maxmemory-policy noeviction',
    `dir ${options.directory}`,
    'save ""',
    `appendonly ${options.persistent ? 'yes' : 'no'}`,
    'daemonize no',
    'protected-mode yes',
  ];
  writeSecretFile(configFile, `${config.join('\n')}\n`, options.user);
  const tool = await startTool({
    argv: [options.program, configFile],
    user: options.user,
    logFile: options.logFile,
    stopSignals: ['SIGTERM'],
  });
  let ended = false;
  tool.exited.then(() => {
    ended = true;
  });
  const until = Date.now() + (options.deadlineMs ?? 30_000);
  while (!(await answersPing(host, options.port, options.password))) {
    if (ended || Date.now() > until) {
      if (!ended) await tool.stop(2_000);
      throw new PlumblineError('tool-failed', `Redis did not start on port ${options.port}.`, {
        next: 'See that the port is free and that redis-server is Redis 6 or newer.',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return tool;
}

/** True when the server there takes this password and answers a PING within a second. */
export function answersPing(host: string, port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let said = '';
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
    socket.on('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.on('data', (chunk) => {
      said += chunk.toString('latin1');
      if (said.includes('PONG')) end(true);
      else if (said.includes('-WRONGPASS') || said.includes('-LOADING')) end(false);
    });
  });
}
