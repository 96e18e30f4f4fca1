import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { AwsV4Signer } from 'aws4fetch';
import { PlumblineError } from '@/lib/base/errors';
import { guardedLookup } from '@/lib/tools/guarded-fetch';
import { bodyDigest } from '@/lib/tools/s3-digest';
import type { S3Answer } from '@/lib/tools/s3-errors';

/** A storage with its keys, as a worker has opened it. */
export interface S3Place {
  name: string;
  endpoint: string;
  region: string;
  bucket: string;
  prefix: string;
  uriStyle: 'host' | 'path';
  verifyTls: boolean;
  tlsCa: string | null;
  accessKey: string;
  secretKey: string;
  /** Hosts that may also be on this machine: those that people run servers on which are watched anyway. */
  trustedHosts: readonly string[];
}

export interface S3Call {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  key: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: Buffer;
  /** The answer's body is handed over as it comes. */
  streams?: true;
}

/** An error's body and a range are read whole; nothing that is asked for so is larger. */
const maxAnswerBytes = 300 * 1024 * 1024;

function addressOf(place: S3Place, call: S3Call): URL {
  const url = new URL(place.endpoint);
  const path = call.key.split('/').map(encodeURIComponent).join('/');
  if (place.uriStyle === 'host') {
    url.hostname = `${place.bucket}.${url.hostname}`;
    // Nothing stands before an address of numbers, and a URL that refuses a host keeps the one it had.
    if (!url.hostname.startsWith(`${place.bucket}.`)) {
      throw new PlumblineError(
        'bad-input',
        `${place.bucket} cannot stand before ${url.host} in an address.`,
        {
          next: 'Choose addresses of the form host/bucket/key.',
        },
      );
    }
  }
  url.pathname = place.uriStyle === 'host' ? `/${path}` : `/${place.bucket}/${path}`;
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
  return url;
}

/**
 * One signed request (Signature Version 4, with the digest of the body in it) to exactly the place that was entered:
 * no redirect is followed, and what the name stands for is looked at before it is connected to.
 *
 * @throws PlumblineError `unreachable`, `timed-out` or `bad-input` with a sentence; any HTTP status is an answer.
 */
export async function sendToS3(place: S3Place, call: S3Call, signal: AbortSignal): Promise<S3Answer> {
  const url = addressOf(place, call);
  const host = new URL(place.endpoint).hostname.replace(/^\[|\]$/g, '');
  const isTrusted = place.trustedHosts.some((trusted) => trusted.toLowerCase() === host.toLowerCase());
  const lookup = guardedLookup(url.hostname.replace(/^\[|\]$/g, ''), isTrusted);
  const signer = new AwsV4Signer({
    method: call.method,
    url: url.href,
    headers: { ...call.headers, 'x-amz-content-sha256': bodyDigest(call.body) },
    accessKeyId: place.accessKey,
    secretAccessKey: place.secretKey,
    service: 's3',
    region: place.region,
  });
  const signed = await signer.sign();
  const headers: Record<string, string | number> = Object.fromEntries(signed.headers.entries());
  if (call.method === 'PUT' || call.method === 'POST') headers['content-length'] = call.body?.length ?? 0;
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  try {
    const response = await new Promise<IncomingMessage>((settle, fail) => {
      const asked = send(
        signed.url,
        {
          method: call.method,
          headers,
          lookup,
          signal,
          agent: false,
          ...(url.protocol === 'https:' && {
            rejectUnauthorized: place.verifyTls,
            ...(place.tlsCa !== null && { ca: place.tlsCa }),
          }),
        },
        settle,
      );
      asked.on('error', fail);
      asked.end(call.body);
    });
    const status = response.statusCode ?? 0;
    const answer = { status, headers: response.headers };
    if (call.streams && status < 300) return { ...answer, body: Buffer.alloc(0), stream: response };
    return { ...answer, body: await wholeBody(response, url.host) };
  } catch (error) {
    throw failure(error, url, signal);
  }
}

async function wholeBody(response: IncomingMessage, host: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxAnswerBytes) {
      response.destroy();
      throw new PlumblineError('too-large', `${host} answered with more than ${maxAnswerBytes} bytes.`);
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** `DEPTH_ZERO_SELF_SIGNED_CERT`, `ERR_TLS_CERT_ALTNAME_INVALID` … (Node.js documentation, TLS). */
const certificateCode = /CERT|TLS|SELF_SIGNED|ISSUER/;

function failure(error: unknown, url: URL, signal: AbortSignal): unknown {
  if (error instanceof PlumblineError) return error;
  if (signal.aborted) {
    return new PlumblineError('timed-out', `${url.host} did not answer in time.`, {
      next: 'See whether the storage is well, then try again.',
      cause: error,
    });
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (certificateCode.test(code)) {
    return new PlumblineError('not-allowed', `The certificate of ${url.host} is not accepted (${code}).`, {
      next: 'Give the storage the certificate of its authority.',
      cause: error,
    });
  }
  return new PlumblineError('unreachable', `${url.host} cannot be reached${code ? ` (${code})` : ''}.`, {
    next: 'See whether the storage runs and the worker’s network reaches it, then try again.',
    cause: error,
  });
}
