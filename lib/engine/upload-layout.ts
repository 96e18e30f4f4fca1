/** How a dump is laid out in its object: fixed when the upload begins, so that a part is the same on each try. */
export interface UploadLayout {
  /** Plain bytes of a part; the first is shorter by the header. */
  partBytes: number;
  /** Plain bytes in all: the list of files, then the files in its order. */
  plainBytes: number;
  parts: number;
  /** SHA-256 of the list of files in hex: another list is another upload. */
  indexSha256: string;
}

/** A part that the storage has confirmed. */
export interface SentPart {
  number: number;
  etag: string;
  /** As stored, encrypted. */
  bytes: number;
}
