import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { NearViewport } from '@/components/ui/near-viewport';

test('what is not known to be near the window keeps its room and is not drawn', () => {
  const markup = renderToStaticMarkup(<NearViewport height={212}>a chart</NearViewport>);
  expect(markup).toBe('<div style="height:212px"></div>');
});
