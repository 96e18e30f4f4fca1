/**
 * The headers of every answer. Scripts run by the nonce of this answer only; nothing is loaded from elsewhere; no other
 * site may frame the console; nothing of it is kept in a cache.
 *
 * @param page.consoleUrl the public address: with https it also asks for https ever after.
 */
export function securityHeaders(page: {
  nonce: string;
  consoleUrl: string;
  development: boolean;
}): Record<string, string> {
  // The bundler of `next dev` evaluates text; a built console never does.
  const evaluating = page.development ? " 'unsafe-eval'" : '';
  const policy = [
    "default-src 'self'",
    `script-src 'self' 'nonce-${page.nonce}' 'strict-dynamic'${evaluating}`,
    `style-src 'self' 'nonce-${page.nonce}'`,
    // Charts and menus place themselves by style attributes, which cannot carry a nonce.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'cache-control': 'no-store',
    ...(page.consoleUrl.startsWith('https:') ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
}
