/** Placement in a real browser: computed, explained, and its budget dragged. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityProblems, listen, needSite, openSite, sidewaysPixels, type Site } from './site.ts';

let site: Site | undefined;

beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => {
  await site?.close();
});

describe.each([
  { width: '1440 pixels wide', narrow: false },
  { width: '390 pixels wide', narrow: true },
])('$width', ({ narrow }) => {
  it('a placement is computed, explained, and its budget can be dragged', async (context) => {
    const { open, url } = needSite(context, site);
    const profile = await open({ narrow });
    const page = await profile.newPage();
    const complaints = listen(page, url);
    await page.goto('/placement');
    await page.getByRole('textbox', { name: 'Budget' }).fill('260000');
    await page.getByRole('button', { name: 'Compute' }).click();
    await page.getByText(/proven optimal in/).waitFor({ timeout: 60_000 });
    const slider = page.getByRole('slider');
    const before = await page.getByRole('status').last().innerText();
    await slider.focus();
    await page.keyboard.press('Home');
    await expect.poll(() => page.getByRole('status').last().innerText()).not.toBe(before);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await sidewaysPixels(page)).toBe(0);
    expect(complaints).toEqual([]);
    await profile.close();
  });
});
