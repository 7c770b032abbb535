/** What every driver under the registry's port must do, run by one test file per driver. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RegistryEntry, RegistryStore } from '#federation/registry/port.ts';

const WAIT_MS = 10_000;

/** Registers the suite; `open` opens the same, at first empty, registry each time it is called. */
export function registryContract(name: string, open: () => Promise<RegistryStore>, skip = false): void {
  describe.skipIf(skip)(`the registry on ${name}`, () => {
    let registry: RegistryStore;
    let other: RegistryStore;
    let unique = 0;
    const newKey = (): string => `t${unique++}.key`;

    beforeAll(async () => {
      registry = await open();
      other = await open();
    });
    afterAll(async () => {
      await registry.close();
      await other.close();
    });

    async function write(key: string, value: string, expected: number, on = registry): Promise<RegistryEntry> {
      const written = await on.write(key, value, expected);
      if (!written.ok) return expect.fail(`${key}: ${written.error}`);
      const entry = (await on.read(key)) ?? expect.fail(`${key} is gone`);
      expect(entry.revision).toBe(written.value);
      return entry;
    }

    it('has no entry for a key that was never written', async () => {
      expect(await registry.read(newKey())).toBeUndefined();
      expect(await registry.list('nothing.')).toEqual([]);
    });

    it('gives back what was written, to everybody, with a revision that rises', async () => {
      const key = newKey();
      const first = await write(key, 'one', 0);
      const second = await write(key, 'Zoë \u{1F419} "two"', first.revision);
      expect(second.revision).toBeGreaterThan(first.revision);
      expect(await other.read(key)).toEqual(second);
      expect(second).toMatchObject({ key, value: 'Zoë \u{1F419} "two"' });
      expect(second.storedMicros).toBeGreaterThanOrEqual(first.storedMicros);
      expect(first.storedMicros).toBeGreaterThan(1_500_000_000_000_000);
    });

    it('refuses a write under a revision that is not the present one, and changes nothing', async () => {
      const key = newKey();
      const first = await write(key, 'one', 0);
      expect(await registry.write(key, 'stranger', 0)).toEqual({ ok: false, error: 'conflict' });
      const second = await write(key, 'two', first.revision, other);
      expect(await registry.write(key, 'late', first.revision)).toEqual({ ok: false, error: 'conflict' });
      expect(await registry.write(key, 'early', second.revision + 1000)).toEqual({ ok: false, error: 'conflict' });
      expect(await registry.read(key)).toEqual(second);
      expect(await registry.write(newKey(), 'nothing before it', 7)).toEqual({ ok: false, error: 'conflict' });
    });

    it('lets one of many win who write at once, and tells the others', async () => {
      const key = newKey();
      const { revision } = await write(key, 'start', 0);
      const outcomes = await Promise.all(
        Array.from({ length: 12 }, async (_, writer) =>
          (writer % 2 === 0 ? registry : other).write(key, `writer ${writer}`, revision),
        ),
      );
      const won = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
      expect(won).toHaveLength(1);
      expect((await registry.read(key))?.revision).toBe(won[0]);
    });

    it('counts right when many raise one number, each from what it read', async () => {
      const key = newKey();
      await write(key, '0', 0);
      const raise = async (on: RegistryStore): Promise<void> => {
        for (let attempt = 0; attempt < 200; attempt++) {
          const present = (await on.read(key)) ?? expect.fail('it is gone');
          if ((await on.write(key, String(Number(present.value) + 1), present.revision)).ok) return;
        }
        expect.fail('never won');
      };
      await Promise.all(Array.from({ length: 10 }, async (_, at) => raise(at % 2 === 0 ? registry : other)));
      expect((await registry.read(key))?.value).toBe('10');
    });

    it('lists what lies under a prefix and nothing else', async () => {
      const prefix = `list${unique++}`;
      for (const key of [`${prefix}.b`, `${prefix}.a`, `${prefix}x.c`, `${prefix}.a2`]) await write(key, key, 0);
      const keys = (await other.list(`${prefix}.`)).map(({ key }) => key);
      expect(keys.toSorted()).toEqual([`${prefix}.a`, `${prefix}.a2`, `${prefix}.b`]);
    });

    it('shows a watcher what is there, then what changes, in order, and nothing after the end', async () => {
      const prefix = `watch${unique++}`;
      const key = `${prefix}.one`;
      const first = await write(key, '1', 0);
      await write(`${prefix}y.two`, 'elsewhere', 0);
      const heard: RegistryEntry[] = [];
      const watch = await other.watch(`${prefix}.`, (entry) => heard.push(entry));
      expect(heard).toEqual([first]);
      let { revision } = first;
      for (const value of ['2', '3', '4']) ({ revision } = await write(key, value, revision));
      const late = await write(`${prefix}.late`, 'new', 0);
      await until(() => heard.some((entry) => entry.key === late.key) && heard.some(({ value }) => value === '4'));
      const revisions = heard.filter((entry) => entry.key === key).map((entry) => entry.revision);
      expect(revisions).toEqual([...new Set(revisions)].toSorted((a, b) => a - b));
      expect(heard.every((entry) => entry.key.startsWith(`${prefix}.`))).toBe(true);
      await watch.stop();
      const count = heard.length;
      await write(key, '5', revision);
      await new Promise((resolve) => {
        setTimeout(resolve, 300);
      });
      expect(heard).toHaveLength(count);
    });
  });
}

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (!condition()) {
    if (performance.now() > end) expect.fail('it did not happen in time');
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}
