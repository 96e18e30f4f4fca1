import { expect, test } from 'vitest';
import { paletteScore } from '@/components/shell/palette-filter';

const best = (search: string, entries: string[]) =>
  entries
    .map((words) => ({ words, score: paletteScore(words, search, [words]) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ words }) => words);

test('“restore” leads to restoring, not to an act that only shares its letters', () => {
  expect(
    best('restore', [
      'Cut over to a restored cluster',
      'Put the former archive_command back',
      'Drop a restored database',
      'Restore demo',
    ]),
  ).toEqual(['Restore demo', 'Cut over to a restored cluster', 'Drop a restored database']);
});

test('words may come in any order, and nothing typed shows all', () => {
  expect(best('demo restore', ['Restore demo', 'Restore other'])).toEqual(['Restore demo']);
  expect(best(' ', ['Fleet', 'Now'])).toEqual(['Fleet', 'Now']);
});
