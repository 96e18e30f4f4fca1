import { createHash } from 'node:crypto';

/** What S3 signs a body by: SHA-256 in hex, of nothing where there is no body. */
export function bodyDigest(body: Buffer | undefined): string {
  return createHash('sha256')
    .update(body ?? '')
    .digest('hex');
}
