import { PlumblineError } from '@/lib/base/errors';
import { formatBytes } from '@/lib/base/format';
import type { JsonObject, StepContext } from '@/lib/engine/define-job';
import type { UploadRecord } from '@/lib/engine/keeping';
import type { ObjectStore } from '@/lib/engine/object-store';
import { readManifest } from '@/lib/procedures/dump-archive';
import { layoutOf, sealPart, spanOf, writeHeader } from '@/lib/procedures/encryption';
import { objectBytes, readObject } from '@/lib/procedures/upload-object';
import type { UploadInput, UploadParams } from '@/lib/procedures/upload-plan';
import { PlainReader, type UploadSource, uploadSource } from '@/lib/procedures/upload-source';
import { checkFiles } from '@/lib/procedures/validation-files';

export type UploadContext = StepContext<UploadInput, UploadParams>;

const mib = 1024 * 1024;

/** Every file is as it was written, or nothing leaves. @throws PlumblineError naming those that are not. */
export async function checkBeforeUpload(ctx: UploadContext): Promise<JsonObject> {
  const manifest = await readManifest(ctx.params.path, ctx.params.manifestSha256 || undefined);
  const check = await checkFiles(ctx.params.path, manifest, ctx.signal, (done, total) =>
    ctx.progress(done, total, 'comparing checksums'),
  );
  if (check.verdict === 'fail') {
    throw new PlumblineError('tool-failed', `The backup is damaged: ${check.detail}`, {
      next: 'Do not count on it. Take a new one, and find out what happened to this one’s files.',
    });
  }
  return { files: manifest.files.length };
}

/**
 * Sends what has not arrived yet, part by part, each encrypted on the way and written down as soon as the storage has
 * confirmed it; then makes the parts one object. After a crash, or in another run after a failure, it goes on where the
 * parts end.
 */
export async function sendUpload(ctx: UploadContext): Promise<JsonObject> {
  const { backupId, storageId, keyId, objectKey } = ctx.params;
  const source = await uploadSource({ ...ctx.params, id: backupId }, ctx.signal);
  const layout = layoutOf(source.plainBytes, source.indexSha256, ctx.input.partMib * mib);
  if (!layout) {
    throw new PlumblineError(
      'too-large',
      `${formatBytes(source.plainBytes)} are more than one object takes.`,
      {
        next: 'Save this database physically, into a repository of pgBackRest on S3.',
      },
    );
  }
  const upload = await ctx.keeping.beginUpload({ backupId, storageId, keyId, objectKey, layout });
  if (upload.state === 'ready') return { uploadId: upload.id, resumedAt: upload.layout.parts };
  const key = await ctx.keeping.dumpKey(keyId);
  const store = await ctx.keeping.openStorage(storageId);
  const resumedAt = upload.parts.length;
  if (resumedAt > 0) ctx.log('info', `Goes on after part ${resumedAt} of ${upload.layout.parts}.`);
  try {
    await sendParts(ctx, { store, source, upload, key });
  } catch (error) {
    ctx.signal.throwIfAborted();
    // The storage has forgotten what had arrived: everything is sent anew, once.
    if (!(error instanceof PlumblineError) || error.code !== 'not-found' || upload.multipartId === null)
      throw error;
    ctx.log('warn', `The storage no longer knows the parts that had arrived: ${error.message}`);
    await sendParts(ctx, { store, source, upload: { ...upload, multipartId: null, parts: [] }, key });
  }
  return { uploadId: upload.id, resumedAt };
}

interface Sending {
  store: ObjectStore;
  source: UploadSource;
  upload: UploadRecord;
  key: Uint8Array;
}

async function sendParts(ctx: UploadContext, { store, source, upload, key }: Sending): Promise<void> {
  const { layout, objectKey } = upload;
  const header = writeHeader({ keyId: upload.keyId, backupId: upload.backupId, ...layout });
  const whole = objectBytes(layout);
  // A run that died after the parts became one object: it is there, and reading it back judges it.
  if (upload.parts.length === layout.parts && (await store.head(objectKey, ctx.signal))?.bytes === whole)
    return;
  const multipartId = upload.multipartId ?? (await store.beginMultipart(objectKey, ctx.signal));
  const parts = [...upload.parts];
  await ctx.keeping.recordParts(upload.id, multipartId, parts);
  for (let part = parts.length + 1; part <= layout.parts; part += 1) {
    ctx.signal.throwIfAborted();
    const { from, to } = spanOf(layout, part);
    const sealed = await sealPart(
      key,
      header,
      { part, isLast: part === layout.parts },
      await source.read(from, to),
    );
    parts.push(await store.putPart(objectKey, multipartId, part, sealed, ctx.signal));
    await ctx.keeping.recordParts(upload.id, multipartId, parts);
    ctx.progress(to, layout.plainBytes, 'sending, bytes');
    ctx.log('info', `Part ${part} of ${layout.parts} has arrived.`);
  }
  await store.complete(objectKey, multipartId, parts, ctx.signal);
}

/** Reads the object back whole: its size, every chunk’s authenticity, every file’s checksum. Then it counts. */
export async function verifyUpload(ctx: UploadContext): Promise<JsonObject> {
  const { backupId, storageId, keyId, objectKey, database } = ctx.params;
  const uploadId = String(ctx.outputs.send?.uploadId);
  const upload = (await ctx.keeping.uploads(backupId)).find(({ id }) => id === uploadId);
  if (!upload) throw new PlumblineError('not-found', 'The upload was removed meanwhile.');
  const store = await ctx.keeping.openStorage(storageId);
  const bytes = objectBytes(upload.layout);
  const found = await store.head(objectKey, ctx.signal);
  if (found?.bytes !== bytes) {
    throw new PlumblineError(
      'tool-failed',
      found
        ? `${objectKey} has ${found.bytes} bytes in ${store.shownName} instead of ${bytes}.`
        : `${objectKey} is not in ${store.shownName}.`,
      { next: 'Send it again; if it happens twice, do not trust this storage.' },
    );
  }
  const startedAt = performance.now();
  const reader = new PlainReader(objectKey, { write: async () => {}, end: async () => {} });
  await readObject(store, { objectKey, backupId }, (id) => ctx.keeping.dumpKey(id), reader, {
    signal: ctx.signal,
    onBytes: (done) => ctx.progress(done, bytes, 'reading back, bytes'),
  });
  const { files } = reader.finish();
  await ctx.keeping.finishUpload(uploadId, bytes);
  const facts = {
    storage: store.shownName,
    objectKey,
    keyId,
    objectBytes: bytes,
    files: files.length,
    parts: upload.layout.parts,
    verifySeconds: (performance.now() - startedAt) / 1000,
  };
  await ctx.evidence({
    type: 'upload',
    verdict: 'pass',
    title: `Encrypted copy of the dump of ${database}`,
    database,
    backupId,
    facts,
  });
  return facts;
}
