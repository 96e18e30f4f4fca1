import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { scratchDirectory } from '@/lib/testing/scratch';
import { until } from '@/lib/testing/until';
import { freePort } from '@/lib/tools/ports';
import { startTool } from '@/lib/tools/process';
import { sendSignal } from '@/lib/tools/process-groups';

export interface TestS3 {
  endpoint: string;
  region: string;
  bucket: string;
  accessKey: string;
  secretKey: string;
  port: number;
  /** Objects as files: `<directory>/<bucket>/<key>._S3rver_object`. */
  directory: string;
  /** KILL: what was under way breaks in the middle. */
  kill(): Promise<void>;
  /** Starts it again on the same port over the same files. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A real S3 server (s3rver) as a process of its own on loopback, with one empty bucket; by TLS where files are given. */
export async function startS3(
  bucket = 'backups',
  tls?: { keyFile: string; certificateFile: string },
): Promise<TestS3> {
  const scratch = scratchDirectory('s3');
  const directory = path.join(scratch.path, 'objects');
  mkdirSync(directory);
  const port = await freePort();
  const program = path.join(
    path.dirname(createRequire(import.meta.url).resolve('s3rver/package.json')),
    'bin/s3rver.js',
  );
  const start = async () => {
    const tool = await startTool({
      argv: [
        process.execPath,
        program,
        ...['--directory', directory, '--address', '127.0.0.1', '--port', String(port)],
        ...['--configure-bucket', bucket, '--no-vhost-buckets', '--silent'],
        ...(tls ? ['--key', tls.keyFile, '--cert', tls.certificateFile] : []),
      ],
    });
    // By plain HTTP a TLS server breaks off, but it is there.
    const isThere = (error: { cause?: { code?: string } }) => error.cause?.code !== 'ECONNREFUSED';
    await until(() => fetch(`http://127.0.0.1:${port}/`).then(() => true, isThere), 'the S3 server answers');
    return tool;
  };
  let running = await start();
  const kill = async () => {
    sendSignal(running.pid, 'SIGKILL');
    await running.exited;
  };
  return {
    endpoint: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    region: 'us-east-1',
    ...{ bucket, accessKey: 'S3RVER', secretKey: 'S3RVER', port, directory, kill },
    restart: async () => {
      running = await start();
    },
    stop: async () => {
      await kill();
      scratch.remove();
    },
  };
}
