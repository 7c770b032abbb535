/** Where this platform runs, as people named it: a setting of the store. */
import { z } from 'zod';
import { readSetting, writeSetting } from '#store/settings.ts';
import type { ApiContext } from './context.ts';

export const siteSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(64),
    region: z.string().trim().min(1).max(64).describe('Where latencies of this site are counted'),
  })
  .meta({ id: 'Site', example: { name: 'laptop', region: 'local' } });
export type Site = z.infer<typeof siteSchema>;

const SETTING = 'site';
const DEFAULT_SITE: Site = { name: 'local', region: 'local' };

export async function siteOf(context: ApiContext): Promise<Site> {
  const stored = siteSchema.safeParse(await readSetting(context.deps.store, SETTING));
  return stored.success ? stored.data : DEFAULT_SITE;
}

export async function nameSite(context: ApiContext, site: Site, by: string): Promise<void> {
  await writeSetting(context.deps.store, SETTING, site, by);
}
