import { readFileSync } from 'node:fs';
import { SMTPServer } from 'smtp-server';
import { scratchDirectory } from '@/lib/testing/scratch';
import { runToolOrFail } from '@/lib/tools/process';

export interface ReceivedMail {
  from: string;
  to: string[];
  /** As it came: headers, an empty line, parts. */
  raw: string;
  isEncrypted: boolean;
}

export interface TestMailServer {
  port: number;
  /** The authority of its certificate, as PEM. */
  ca: string;
  mails: ReceivedMail[];
  /** What it answers to the data of a mail from now on: an SMTP status, or 250. */
  answer(status: number): void;
  stop(): Promise<void>;
}

export const mailLogin = { user: 'plumbline', password: 'a pass "word"' };

/** A real SMTP server on loopback, with a certificate for `localhost` and one login; without TLS when it is told so. */
export async function startMailServer(options: { withoutTls?: true } = {}): Promise<TestMailServer> {
  const scratch = scratchDirectory('mail');
  const [key, cert] = [`${scratch.path}/key.pem`, `${scratch.path}/cert.pem`];
  await runToolOrFail({
    argv: [
      'openssl',
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
      ...['-keyout', key, '-out', cert],
    ],
    deadlineMs: 30_000,
  });
  const mails: ReceivedMail[] = [];
  let status = 250;
  const server = new SMTPServer({
    key: readFileSync(key),
    cert: readFileSync(cert),
    hideSTARTTLS: options.withoutTls === true,
    disabledCommands: options.withoutTls ? ['STARTTLS'] : [],
    allowInsecureAuth: true,
    authOptional: true,
    onAuth: ({ username, password }, _session, done) => {
      const isRight = username === mailLogin.user && password === mailLogin.password;
      done(
        isRight ? null : new Error('Invalid username or password'),
        isRight ? { user: username } : undefined,
      );
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (status !== 250) {
          done(Object.assign(new Error('Not now'), { responseCode: status }));
          return;
        }
        mails.push({
          from: session.envelope.mailFrom ? session.envelope.mailFrom.address : '',
          to: session.envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString('utf8'),
          isEncrypted: session.secure,
        });
        done();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    ca: readFileSync(cert, 'utf8'),
    mails,
    answer: (wanted) => {
      status = wanted;
    },
    stop: async () => {
      await new Promise<void>((resolve) => server.close(resolve));
      scratch.remove();
    },
  };
}
