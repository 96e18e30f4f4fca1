import { describe, expect, it } from 'vitest';
import { safeReturnPath } from '@/lib/base/paths';

describe('safeReturnPath', () => {
  it('keeps paths of this console', () => {
    expect(safeReturnPath('/runs/1?tab=log#end')).toBe('/runs/1?tab=log#end');
    expect(safeReturnPath('/')).toBe('/');
  });

  it.each([
    undefined,
    null,
    '',
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/%0a/../\n//evil.example',
    'javascript:alert(1)',
    '/..//evil.example',
    '/a/..//evil.example',
    '/api/v1/people',
    '/signin?callbackUrl=/signin',
    'runs',
  ])('sends %j home', (text) => {
    expect(safeReturnPath(text)).toBe('/');
  });
});
