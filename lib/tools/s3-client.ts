import type { Readable } from 'node:stream';
import { PlumblineError } from '@/lib/base/errors';
import type { ObjectStore } from '@/lib/engine/object-store';
import { isGone, type S3Answer, s3Failure } from '@/lib/tools/s3-errors';
import { type S3Place, sendToS3 } from '@/lib/tools/s3-request';

/** Each call by itself: a part of 16 MiB at 1 MB/s takes 16 s. */
const callMs = 60_000;
const attempts = 3;

type Call = Parameters<typeof sendToS3>[1];

/**
 * A client of what an upload needs of S3, and nothing more (Amazon S3 API Reference). Calls that may be repeated are,
 * after a pause, when the storage is out of reach or says that it is busy; the last failure is a sentence.
 *
 * @throws PlumblineError `unreachable`, `timed-out`, `not-allowed`, `not-found` or `tool-failed`, never with a key.
 */
export function openS3(place: S3Place): ObjectStore {
  const shownName = `${place.name} (${place.bucket} at ${new URL(place.endpoint).host})`;
  const keyOf = (key: string) => [place.prefix, key].filter(Boolean).join('/');

  const once = async (call: Call, signal: AbortSignal): Promise<S3Answer> => {
    const answer = await sendToS3(place, call, AbortSignal.any([signal, AbortSignal.timeout(callMs)])).catch(
      (error) => {
        signal.throwIfAborted();
        throw error;
      },
    );
    if (answer.status >= 300) throw s3Failure(shownName, answer);
    return answer;
  };
  const ask = async (call: Call, signal: AbortSignal): Promise<S3Answer> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(call, signal);
      } catch (error) {
        const isWorthIt =
          error instanceof PlumblineError && (error.code === 'unreachable' || error.code === 'timed-out');
        if (!isWorthIt || attempt >= attempts) throw error;
        await pause(200 * 2 ** attempt, signal);
      }
    }
  };

  return {
    shownName,
    put: async (key, body, signal) => {
      await ask({ method: 'PUT', key: keyOf(key), body }, signal);
    },
    head: async (key, signal) => {
      try {
        const { headers } = await ask({ method: 'HEAD', key: keyOf(key) }, signal);
        return { bytes: Number(headers['content-length']) };
      } catch (error) {
        if (isGone(error)) return undefined;
        throw error;
      }
    },
    range: async (key, from, to, signal) => {
      const headers = { range: `bytes=${from}-${to}` };
      const { body } = await ask({ method: 'GET', key: keyOf(key), headers }, signal);
      return body;
    },
    stream: async (key, signal): Promise<Readable> => {
      const answer = await sendToS3(place, { method: 'GET', key: keyOf(key), streams: true }, signal);
      if (answer.status >= 300 || !answer.stream) throw s3Failure(shownName, answer);
      return answer.stream;
    },
    remove: async (key, signal) => {
      await ask({ method: 'DELETE', key: keyOf(key) }, signal).catch(unlessGone);
    },
    beginMultipart: async (key, signal) => {
      const { body } = await ask({ method: 'POST', key: keyOf(key), query: { uploads: '' } }, signal);
      const id = /<UploadId>([^<]+)<\/UploadId>/.exec(body.toString('utf8'))?.[1];
      if (id) return unescapeXml(id);
      throw new PlumblineError('tool-failed', `${shownName} began no upload: its answer names none.`, {
        next: 'See whether the endpoint is an S3 storage.',
      });
    },
    putPart: async (key, multipartId, number, body, signal) => {
      const query = { partNumber: String(number), uploadId: multipartId };
      const { headers } = await ask({ method: 'PUT', key: keyOf(key), query, body }, signal);
      return { number, etag: String(headers.etag ?? ''), bytes: body.length };
    },
    complete: async (key, multipartId, parts, signal) => {
      const lines = parts.map(
        ({ number, etag }) =>
          `<Part><PartNumber>${number}</PartNumber><ETag>${etag.replaceAll('&', '&amp;')}</ETag></Part>`,
      );
      const body = Buffer.from(`<CompleteMultipartUpload>${lines.join('')}</CompleteMultipartUpload>`);
      const query = { uploadId: multipartId };
      const answer = await ask({ method: 'POST', key: keyOf(key), query, body }, signal);
      // It answers 200 at once and may still fail at its end (CompleteMultipartUpload, API Reference).
      if (/<Error>/.test(answer.body.toString('utf8')))
        throw s3Failure(shownName, { ...answer, status: 500 });
    },
    abandon: async (key, multipartId, signal) => {
      const query = { uploadId: multipartId };
      await ask({ method: 'DELETE', key: keyOf(key), query }, signal).catch(unlessGone);
    },
  };
}

function unlessGone(error: unknown): void {
  if (!isGone(error)) throw error;
}

function unescapeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((settle, fail) => {
    const timer = setTimeout(settle, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        fail(signal.reason);
      },
      { once: true },
    );
  });
}
