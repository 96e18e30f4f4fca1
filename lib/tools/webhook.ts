import { createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { PlumblineError } from '@/lib/base/errors';
import { guardedLookup } from '@/lib/tools/guarded-fetch';

/**
 * The signature of a body: HMAC-SHA256 over `<seconds>.<body>` with the channel's secret, in hex. Who receives it makes
 * the same and compares in constant time; a time that is minutes away is a replay.
 *
 * @returns `t=<seconds since 1970>,v1=<hex>`.
 */
export function signatureOf(secret: string, body: string, at: Date): string {
  const seconds = Math.floor(at.getTime() / 1000);
  const hex = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${hex}`;
}

export interface WebhookCall {
  url: string;
  body: string;
  secret: string;
  /** The same at each attempt, so that who gets it twice can tell. */
  deliveryId: string;
  deadlineMs: number;
  signal: AbortSignal;
  /** `host:port` of receivers that may be on this machine or link. */
  trusted: readonly string[];
}

/**
 * Posts signed JSON to an address that a person typed, and nowhere else: no redirect followed, and no address that means
 * the worker's own machine or link unless the worker was told that it may.
 *
 * @returns the status, 200 to 299.
 * @throws PlumblineError `bad-input` for an address or an answer that trying again does not mend (4xx, a redirect),
 * `unreachable` and `timed-out` for the others.
 */
export async function postWebhook(call: WebhookCall): Promise<number> {
  const url = new URL(call.url);
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const lookup = guardedLookup(host, call.trusted.includes(`${host}:${port}`));
  const deadline = AbortSignal.timeout(call.deadlineMs);
  const signal = AbortSignal.any([deadline, call.signal]);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(call.body),
    'user-agent': 'Plumbline',
    'x-plumbline-delivery': call.deliveryId,
    'idempotency-key': call.deliveryId,
    'x-plumbline-signature': signatureOf(call.secret, call.body, new Date()),
  };
  let response: IncomingMessage;
  try {
    response = await new Promise<IncomingMessage>((settle, fail) => {
      const asked = send(url, { method: 'POST', lookup, signal, headers, agent: false }, settle);
      asked.on('error', fail);
      asked.end(call.body);
    });
  } catch (error) {
    if (error instanceof PlumblineError) throw error;
    if (deadline.aborted) {
      const seconds = call.deadlineMs / 1000;
      throw new PlumblineError('timed-out', `${url.host} did not answer within ${seconds} s.`);
    }
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new PlumblineError('unreachable', `${url.host} cannot be reached${code}.`, { cause: error });
  }
  // What it says is not kept: it is somebody else's text, and only its status counts.
  response.destroy();
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return status;
  const mayMend = status >= 500 || status === 408 || status === 429;
  const moved = status >= 300 && status < 400 ? ' It points elsewhere, and that is not followed.' : '';
  throw new PlumblineError(mayMend ? 'unreachable' : 'bad-input', `${url.host} answered ${status}.${moved}`);
}
