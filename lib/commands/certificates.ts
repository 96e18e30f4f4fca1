import { createPrivateKey, X509Certificate } from 'node:crypto';
import { messageOf, PlumblineError } from '@/lib/base/errors';

interface Pems {
  tlsCa: string | null;
  tlsCertificate: string | null;
  tlsKey?: string;
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * Reads pasted certificates, so that a wrong paste is said here and not as an odd failure of TLS later.
 *
 * @throws PlumblineError `bad-input` with the field that is wrong; it never repeats the key.
 */
export function assertCertificates({ tlsCa, tlsCertificate, tlsKey }: Pems): void {
  if (tlsCa !== null) readAll('tlsCa', tlsCa);
  if (tlsCertificate === null) {
    if (tlsKey !== undefined) throw wrong('tlsKey', 'A client key was given without its certificate.');
    return;
  }
  const [leaf] = readAll('tlsCertificate', tlsCertificate);
  if (tlsKey === undefined) throw wrong('tlsKey', 'The client certificate needs its private key.');
  let matches = false;
  try {
    matches = leaf?.checkPrivateKey(createPrivateKey(tlsKey)) === true;
  } catch {
    throw wrong('tlsKey', 'The client key cannot be read; it must be PEM and without a passphrase.');
  }
  if (!matches) throw wrong('tlsKey', 'The client key does not belong to the client certificate.');
}

function readAll(field: string, pem: string): X509Certificate[] {
  const blocks = pem.match(certificateBlock) ?? [];
  if (blocks.length === 0) throw wrong(field, 'There is no whole certificate in this text.');
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (error) {
    throw wrong(field, `A certificate cannot be read (${messageOf(error)}).`);
  }
}

function wrong(field: string, sentence: string): PlumblineError {
  return new PlumblineError('bad-input', sentence, {
    next: 'Paste the PEM text again.',
    fields: { [field]: sentence },
  });
}
