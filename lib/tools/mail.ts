import { createTransport } from 'nodemailer';
import { messageOf, PlumblineError } from '@/lib/base/errors';

export interface MailCall {
  host: string;
  port: number;
  /** `starttls` refuses a server that does not offer it; certificates are verified in both. */
  tls: 'starttls' | 'tls' | 'none';
  /** More authorities than the system's, as PEM. */
  ca?: string | undefined;
  login?: { user: string; password: string } | undefined;
  from: string;
  to: readonly string[];
  subject: string;
  text: string;
  html: string;
  /** Becomes the Message-ID, the same at each attempt: servers and readers drop a second one. */
  deliveryId: string;
  deadlineMs: number;
  signal: AbortSignal;
}

/**
 * Sends one mail by SMTP. It counts as sent when the server took it for every address.
 *
 * @throws PlumblineError `bad-input` for a refusal that trying again does not mend (5xx: login, sender, address),
 * `unreachable` and `timed-out` for the others. No sentence holds the password.
 */
export async function sendMail(call: MailCall): Promise<void> {
  const { host, port, tls, login, deadlineMs } = call;
  const transport = createTransport({
    host,
    port,
    secure: tls === 'tls',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: { rejectUnauthorized: true, ...(call.ca ? { ca: call.ca } : {}) },
    ...(login ? { auth: { user: login.user, pass: login.password } } : {}),
    connectionTimeout: deadlineMs,
    greetingTimeout: deadlineMs,
    socketTimeout: deadlineMs,
    dnsTimeout: deadlineMs,
    // Nothing of a message may be read from disk or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const deadline = AbortSignal.timeout(deadlineMs);
  const signal = AbortSignal.any([deadline, call.signal]);
  try {
    const sent = transport.sendMail({
      from: { name: 'Plumbline', address: call.from },
      to: call.to.map((address) => ({ name: '', address })),
      subject: call.subject,
      text: call.text,
      html: call.html,
      messageId: `<${call.deliveryId}@plumbline.invalid>`,
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Plumbline-Delivery': call.deliveryId },
    });
    const info = await unlessAborted(sent, signal);
    if (info.rejected.length > 0) {
      throw new PlumblineError(
        'bad-input',
        `${host} took it, but not for ${info.rejected.map(String).join(', ')}.`,
      );
    }
  } catch (error) {
    if (error instanceof PlumblineError) throw error;
    if (deadline.aborted) {
      throw new PlumblineError(
        'timed-out',
        `${host}:${port} did not take the mail within ${deadlineMs / 1000} s.`,
      );
    }
    throw refusalOf(error, `${host}:${port}`, login?.password);
  } finally {
    transport.close();
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function refusalOf(error: unknown, server: string, password: string | undefined): PlumblineError {
  const code = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : 0;
  const said = password ? messageOf(error).replaceAll(password, '…') : messageOf(error);
  const sentence = `${server}: ${said.replace(/\s+/g, ' ').slice(0, 500)}`;
  return new PlumblineError(code >= 500 && code < 600 ? 'bad-input' : 'unreachable', sentence, {
    cause: error,
  });
}
