import { v7, validate } from 'uuid';

/** A new identifier: a UUIDv7, so that rows made later sort later (RFC 9562). */
export function newId(): string {
  return v7();
}

export function isId(text: string): boolean {
  return validate(text);
}
