/**
 * How well an entry of the palette answers what was typed, from 0 (not shown) to 1: its beginning, the beginning of one
 * of its words, anywhere in it, then every typed word somewhere. Letters strewn over a title are no answer: at 3 a.m.
 * “restore” must not lead to an act that only shares its letters.
 */
export function paletteScore(_value: string, search: string, keywords: readonly string[] = []): number {
  const typed = search.trim().toLowerCase();
  if (typed === '') return 1;
  const words = keywords.join(' ').toLowerCase();
  if (words.startsWith(typed)) return 1;
  if (words.includes(` ${typed}`)) return 0.8;
  if (words.includes(typed)) return 0.6;
  return typed.split(/\s+/).every((word) => words.includes(word)) ? 0.4 : 0;
}
