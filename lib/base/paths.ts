/**
 * Where to go after signing in, out of an address that anybody may have written: a path of this console, or `/`.
 * Other sites, `//evil`, `/\evil`, `javascript:` and our own API are not places to go to.
 */
export function safeReturnPath(text: string | null | undefined): string {
  if (!text?.startsWith('/')) return '/';
  // A browser reads `\` as `/` and drops tabs and newlines from an address (URL Standard).
  if (/[\\\s\p{Cc}]/u.test(text)) return '/';
  const here = 'http://console.invalid';
  if (!URL.canParse(text, here)) return '/';
  const url = new URL(text, here);
  if (url.origin !== here || url.pathname.startsWith('//')) return '/';
  if (/^\/(api|signin)(\/|$)/.test(url.pathname)) return '/';
  return url.pathname + url.search + url.hash;
}
