import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { PlumblineError } from '@/lib/base/errors';

export interface S3Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Instead of the body, of a call that asked for it. */
  stream?: Readable;
}

/** By S3's own words (Error responses, API Reference): what it means and what to do. Others are said by their code. */
const known: Record<
  string,
  { code: 'not-allowed' | 'not-found' | 'unreachable'; says: string; next: string }
> = {
  InvalidAccessKeyId: {
    code: 'not-allowed',
    says: 'does not know the access key',
    next: 'Enter the access key of the storage again.',
  },
  SignatureDoesNotMatch: {
    code: 'not-allowed',
    says: 'refuses the signature: the secret key is wrong, or the region is',
    next: 'Enter the secret key of the storage again and check its region.',
  },
  AccessDenied: {
    code: 'not-allowed',
    says: 'lets the key in but not do this',
    next: 'Allow it to put, get, delete and list objects, and to abort multipart uploads, below the prefix.',
  },
  RequestTimeTooSkewed: {
    code: 'not-allowed',
    says: 'says that the worker’s clock is wrong',
    next: 'Set the worker’s clock by NTP.',
  },
  NoSuchBucket: {
    code: 'not-found',
    says: 'has no such bucket',
    next: 'Create the bucket, or correct its name.',
  },
  PermanentRedirect: {
    code: 'not-allowed',
    says: 'keeps this bucket in another region',
    next: 'Correct the endpoint and the region of the storage.',
  },
  SlowDown: { code: 'unreachable', says: 'is busy', next: 'Try again later.' },
};

/** The failure as a sentence. A body is read for its code only: it may say more than people should see. */
export function s3Failure(shownName: string, answer: Pick<S3Answer, 'status' | 'body'>): PlumblineError {
  const code = /<Code>([A-Za-z]{1,60})<\/Code>/.exec(answer.body.toString('utf8').slice(0, 4_000))?.[1];
  const of = code === undefined ? undefined : known[code];
  if (of) return new PlumblineError(of.code, `${shownName} ${of.says}.`, { next: of.next, detail: code });
  const word = code ? ` (${code})` : '';
  if (answer.status === 404) {
    return new PlumblineError('not-found', `${shownName} has no such object${word}.`, { detail: code });
  }
  if (answer.status === 403) {
    return new PlumblineError('not-allowed', `${shownName} refuses the key${word}.`, {
      next: 'Check the keys of the storage and what they may do.',
    });
  }
  if (answer.status >= 500 || answer.status === 429) {
    return new PlumblineError('unreachable', `${shownName} answered ${answer.status}${word}.`, {
      next: 'See whether the storage is well, then try again.',
      detail: code,
    });
  }
  return new PlumblineError('tool-failed', `${shownName} answered ${answer.status}${word}.`, {
    next: 'Check endpoint, region and bucket style of the storage.',
    detail: code,
  });
}

/** Whether an object, or an upload that was begun, is not there (any more). */
export function isGone(error: unknown): boolean {
  return error instanceof PlumblineError && error.code === 'not-found' && error.detail !== 'NoSuchBucket';
}
