/** All that means the host of a server in a file beside it. */
export function hostsOf(host: string): string[] {
  const loopback = ['localhost', '127.0.0.1', '::1', ''];
  return loopback.includes(host) ? loopback : [host, ...loopback];
}
