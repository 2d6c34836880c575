import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** The smallest width and height of a target for a finger (WCAG 2.2, 2.5.5). */
const TOUCH_TARGET = 44;

/** Runs axe in a page. Returns the rules of WCAG 2.1 AA that it finds violated, with their elements. */
export async function violationsOf(page: Page): Promise<unknown> {
  await page.evaluate(`${axe.source}; 0`);
  return page.evaluate(`axe
    .run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'],
      // The keyboard reaches these regions: browsers make scrollers focusable.
      rules: { 'scrollable-region-focusable': { enabled: false } },
    })
    .then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))`);
}

/** Returns the names of visible buttons, tabs and fields that are too small for a finger. */
export const smallTargetsOf = (page: Page): Promise<unknown> =>
  page.evaluate(`[...document.querySelectorAll('button, [role=button], [role=tab], input')]
    .map((element) => [element.ariaLabel, element.getBoundingClientRect()])
    .filter(([, { width, height }]) => width > 0 && Math.min(width, height) < ${TOUCH_TARGET})
    .map(([name, { width, height }]) => name + ': ' + width + ' x ' + height)`);
