import { lookup as resolve } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { PlumblineError } from '@/lib/base/errors';

export interface GuardedFetchOptions {
  /** For all of it: name, connection, answer. */
  deadlineMs: number;
  maxBytes: number;
  /** What may also be on this machine or link: one port of the host that is asked for its database anyway. */
  trusted?: { host: string; port: number };
}

/** What nobody runs a metrics page on for others: this machine, its link (cloud metadata), nowhere, everybody. */
const near = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  near.addSubnet(net, bits, 'ipv4');
}
for (const [net, bits] of [
  // Also the old spelling of IPv4 addresses, ::127.0.0.1; the present one, ::ffff:…, goes by the rules of IPv4.
  ['::', 96],
  ['fe80::', 10],
  // Translation to IPv4 that a network chooses for itself: nobody knows where the address stands in it (RFC 8215).
  ['64:ff9b:1::', 48],
  ['ff00::', 8],
  ['fd00:ec2::', 32],
] as const) {
  near.addSubnet(net, bits, 'ipv6');
}

/** Translated by the network to the IPv4 address in the last 32 bits (RFC 6052). */
const translated = new BlockList();
translated.addSubnet('64:ff9b::', 96, 'ipv6');

/** Whether an address is one that only the machine itself, or the link that it is on, can mean. */
export function isNearAddress(address: string): boolean {
  if (isIP(address) !== 6) return near.check(address, 'ipv4');
  const [bare = ''] = address.split('%');
  return near.check(translated.check(bare, 'ipv6') ? ipv4Within(bare) : bare, 'ipv6');
}

/** The IPv4 address in the last 32 bits, as a mapped one (`::ffff:…`). */
function ipv4Within(address: string): string {
  // The host of a URL is written in the one canonical way: hexadecimal groups without leading zeros (RFC 5952).
  const groups = new URL(`http://[${address}]/`).hostname.slice(1, -1).split(':');
  const tail = groups.slice(-2).map((group) => (group === '' ? '0' : group));
  return `::ffff:${tail.join(':')}`;
}

/**
 * How to find the address of a host that a person typed, for node's `lookup`: what the name stands for is looked at
 * before it is connected to. A trusted host may also be on this machine or link.
 *
 * @throws PlumblineError `bad-input` for an address that is refused as it stands.
 */
export function guardedLookup(host: string, isTrusted: boolean): LookupFunction {
  // An address as it stands is never looked up.
  if (!isTrusted && isIP(host) !== 0 && isNearAddress(host)) throw refused(host, host);
  return (name, lookupOptions, done) => {
    resolve(name, { ...lookupOptions, all: true }, (error, found) => {
      const bad = error || isTrusted ? undefined : found.find((each) => isNearAddress(each.address));
      const [first] = found ?? [];
      if (error || bad || !first) done(error ?? refused(name, bad?.address ?? 'nothing'), '', 4);
      else if (lookupOptions.all) done(null, found);
      else done(null, first.address, first.family);
    });
  };
}

/**
 * Reads a page of text whose address a person typed, and goes nowhere else: http or https, no redirect followed, and
 * the address that the name stands for is looked at before it is connected to, so that a name cannot point at this
 * machine or at a cloud's metadata service.
 *
 * @throws PlumblineError with a sentence: `bad-input` for an address that is refused, `unreachable`, `timed-out`,
 * `too-large`.
 */
export async function guardedFetch(address: string, options: GuardedFetchOptions): Promise<string> {
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new PlumblineError('bad-input', `${url.protocol} is not asked: give an http or https address.`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const isTrusted =
    options.trusted?.host.toLowerCase() === host.toLowerCase() && options.trusted.port === port;
  const lookup = guardedLookup(host, isTrusted);
  const signal = AbortSignal.timeout(options.deadlineMs);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  try {
    const response = await new Promise<IncomingMessage>((settle, fail) => {
      const asked = send(url, { lookup, signal, headers: { accept: 'text/plain' }, agent: false }, settle);
      asked.on('error', fail);
      asked.end();
    });
    const status = response.statusCode ?? 0;
    if (status !== 200) {
      response.destroy();
      const moved = status >= 300 && status < 400 ? ' It points elsewhere, and that is not followed.' : '';
      throw new PlumblineError('unreachable', `${url.host} answered ${status}.${moved}`);
    }
    return await bodyOf(response, options.maxBytes, url.host);
  } catch (error) {
    if (error instanceof PlumblineError) throw error;
    if (signal.aborted)
      throw new PlumblineError(
        'timed-out',
        `${url.host} did not answer within ${options.deadlineMs / 1000} s.`,
      );
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new PlumblineError('unreachable', `${url.host} cannot be reached${code}.`, { cause: error });
  }
}

function refused(name: string, address: string): PlumblineError {
  return new PlumblineError(
    'bad-input',
    `${name} is refused: ${address} means the worker’s own machine or link.`,
    {
      next: 'Give the address that the host has on the network.',
    },
  );
}

async function bodyOf(response: IncomingMessage, maxBytes: number, host: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) {
      response.destroy();
      throw new PlumblineError('too-large', `${host} answered with more than ${maxBytes} bytes.`);
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
