/**
 * What every database under the store must do, run by one test file per database.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '#kit/clock.ts';
import { createIdSource } from '#kit/ids.ts';
import { seededRng } from './store-random.ts';
import * as acts from '#store/acts.ts';
import * as audit from '#store/audit-log.ts';
import { migrate } from '#store/migrations.ts';
import { openStore, type Store, type StoreLocation } from '#store/open.ts';
import * as people from '#store/people.ts';
import { hashSecret } from '#store/secrets.ts';
import * as sessions from '#store/sessions.ts';
import * as settings from '#store/settings.ts';
import * as surveillance from '#store/surveillance.ts';
import * as tokens from '#store/tokens.ts';

const START_MICROS = 1_795_363_200_000_000;
const DAY_MICROS = 86_400_000_000;

/** Registers the suite; `locate` gives the place of an empty database. */
export function storeContract(name: string, locate: () => Promise<StoreLocation>, skip = false): void {
  describe.skipIf(skip)(`the store on ${name}`, () => {
    let clock: ManualClock;
    let location: StoreLocation;
    let store: Store;
    let person: people.User;
    let unique = 0;

    const open = async (): Promise<Store> => {
      const fillRandom = seededRng(unique++);
      return openStore(location, { clock, ids: createIdSource(clock, fillRandom), fillRandom });
    };
    const newName = (): string => `name-${unique++}`;

    beforeAll(async () => {
      clock = createManualClock(START_MICROS);
      location = await locate();
      store = await open();
      const created = await people.createUser(store, { name: 'ada', role: 'admin', accounts: 'all' });
      person = created.ok ? created.value : expect.fail('user was not created');
    });
    afterAll(async () => store.close());

    it('migrates an empty database once, also when two open it at the same time', async () => {
      expect(store.migrated.length).toBeGreaterThan(0);
      const [second, third] = await Promise.all([open(), open()]);
      expect([...second.migrated, ...third.migrated]).toEqual([]);
      await Promise.all([second.close(), third.close()]);
    });

    it('refuses a database that a newer version has changed, and leaves it as it is', async () => {
      await store.db.insertInto('schema_migrations').values({ id: '9999-future', applied_micros: 0 }).execute();
      await expect(open()).rejects.toMatchObject({ code: 'STORE_SCHEMA_NEWER' });
      await store.db.deleteFrom('schema_migrations').where('id', '=', '9999-future').execute();
      expect(await migrate(store.db, store.kind, 0)).toEqual([]);
    });

    it('makes a case of open alerts at once or not at all, and decides it once', async () => {
      const alert = (alert_id: string): surveillance.AlertRow => ({
        alert_id,
        scenario: 'spoofing',
        severity: 'high',
        mode: 'live',
        actor_kind: 'client',
        actor_code: 4_294_967_295,
        instrument: 1,
        symbol: 'NAUT',
        start_micros: START_MICROS,
        found_micros: START_MICROS + 1,
        sequence: 77,
        first_sequence: 70,
        simulated: 0,
        state: 'open',
        assigned_to: null,
        assigned_name: null,
        case_id: null,
        verdict: null,
        evidence: '{}',
      });
      for (const id of ['alr_1', 'alr_2']) await surveillance.insertAlert(store, alert(id));
      expect(await surveillance.lastAlertSequence(store)).toBe(77);
      const people = { opened_by: 'u', opened_name: 'U', assigned_to: null, assigned_name: null };
      const blank = { decision: null, reason: null, decided_micros: null, decided_by: null, decided_name: null };
      const file: surveillance.CaseRow = {
        case_id: 'case_1',
        title: 't',
        state: 'open',
        opened_micros: START_MICROS,
        ...people,
        ...blank,
        due_micros: null,
        draft: null,
      };
      expect(await surveillance.openCase(store, file, ['alr_1', 'alr_9'])).toBeUndefined();
      expect(await surveillance.findCase(store, 'case_1')).toBeUndefined();
      expect(await surveillance.openCase(store, file, ['alr_1'])).toEqual(file);
      expect((await surveillance.findAlert(store, 'alr_1'))?.state).toBe('in case');
      expect(await surveillance.changeAlert(store, 'alr_1', ['open'], { state: 'closed' })).toBe(false);
      const decision = { ...blank, decision: 'warn' as const, reason: 'r', due_micros: null, draft: null };
      expect(await surveillance.decideCase(store, 'case_1', decision, 'abuse')).toBe(true);
      expect(await surveillance.decideCase(store, 'case_1', decision, 'false alarm')).toBe(false);
      expect((await surveillance.alertsOfCase(store, 'case_1')).map(({ state, verdict }) => [state, verdict])).toEqual([
        ['closed', 'abuse'],
      ]);
      const counts = await surveillance.countAlerts(store);
      expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(2);
      const settings = { scenario: 'spoofing', live: null, shadow: '{}', changed_micros: 1, changed_by: 'U' };
      await surveillance.writeSettings(store, settings);
      await surveillance.writeSettings(store, { ...settings, shadow: null });
      expect(await surveillance.readSettings(store)).toEqual([{ ...settings, shadow: null }]);
    });

    it('keeps 64-bit times and text exactly', async () => {
      const text = 'Zoë "quoted" \\ \u{1F419} \n line';
      const widest = Number.MAX_SAFE_INTEGER;
      await store.db
        .insertInto('settings')
        .values({ name: 'exact', value: text, updated_micros: widest, updated_by: 'x' })
        .execute();
      const row = await store.db.selectFrom('settings').selectAll().where('name', '=', 'exact').executeTakeFirst();
      expect(row).toEqual({ name: 'exact', value: text, updated_micros: widest, updated_by: 'x' });
    });

    it('undoes a transaction that fails', async () => {
      const failing = store.db.transaction().execute(async (db) => {
        await db
          .insertInto('settings')
          .values({ name: 'gone', value: '1', updated_micros: 0, updated_by: 'x' })
          .execute();
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await settings.readSetting(store, 'gone')).toBeUndefined();
    });

    it('keeps transactions that run at the same time apart', async () => {
      await settings.writeSetting(store, 'counter', 0, 'x');
      const raise = async (): Promise<void> =>
        store.db
          .transaction()
          .setIsolationLevel('serializable')
          .execute(async (db) => {
            const row = await db
              .selectFrom('settings')
              .select('value')
              .where('name', '=', 'counter')
              .executeTakeFirstOrThrow();
            await db
              .updateTable('settings')
              .set({ value: String(Number(row.value) + 1) })
              .where('name', '=', 'counter')
              .execute();
          });
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, raise));
      const done = outcomes.filter((outcome) => outcome.status === 'fulfilled').length;
      expect(done).toBeGreaterThan(0);
      expect(await settings.readSetting(store, 'counter')).toBe(done);
    });

    it('gives a name to one user only', async () => {
      const again = await people.createUser(store, { name: 'ada', role: 'trader', accounts: [] });
      expect(again).toEqual({ ok: false, error: 'name-taken' });
      expect(await people.findUserByName(store, 'ada')).toEqual(person);
      expect(await people.findUser(store, person.userId)).toEqual(person);
    });

    it('lets a login link in once', async () => {
      const link = await people.createLoginLink(store, person.userId);
      expect(await people.consumeLoginLink(store, `${link}x`)).toBeUndefined();
      expect(await people.consumeLoginLink(store, link)).toEqual(person);
      expect(await people.consumeLoginLink(store, link)).toBeUndefined();
    });

    it('lets one of two in who use a login link at the same time', async () => {
      const link = await people.createLoginLink(store, person.userId);
      const both = await Promise.all([people.consumeLoginLink(store, link), people.consumeLoginLink(store, link)]);
      expect(both.filter((user) => user !== undefined)).toEqual([person]);
    });

    it('refuses an expired login link and expired tokens', async () => {
      const link = await people.createLoginLink(store, person.userId);
      const token = await tokens.createToken(store, {
        userId: person.userId,
        kind: 'api',
        name: 'short',
        role: 'admin',
        lifetimeMicros: DAY_MICROS,
      });
      expect((await tokens.findBearer(store, token.secret))?.user).toEqual(person);
      clock.advance(DAY_MICROS);
      expect(await people.consumeLoginLink(store, link)).toBeUndefined();
      expect(await tokens.findBearer(store, token.secret)).toBeUndefined();
    });

    it('keeps tokens as hashes, and refuses a revoked one', async () => {
      const terms = { userId: person.userId, kind: 'api', name: 'bot', role: 'trader', lifetimeMicros: null } as const;
      const { token, secret } = await tokens.createToken(store, terms);
      const row = await store.db
        .selectFrom('tokens')
        .selectAll()
        .where('token_id', '=', token.tokenId)
        .executeTakeFirst();
      expect(JSON.stringify(row)).not.toContain(secret);
      expect(row?.secret_sha256).toBe(hashSecret(secret));
      await tokens.touchToken(store, token.tokenId);
      expect((await tokens.findToken(store, token.tokenId))?.lastUsedMicros).toBe(clock.nowMicros());
      expect((await tokens.listTokens(store, person.userId)).map((known) => known.tokenId)).toContain(token.tokenId);
      expect(await tokens.revokeToken(store, token.tokenId)).toBe(true);
      expect(await tokens.revokeToken(store, token.tokenId)).toBe(false);
      expect(await tokens.findBearer(store, secret)).toBeUndefined();
    });

    it('refuses every token of a disabled user, and takes them again when he is enabled', async () => {
      const created = await people.createUser(store, { name: newName(), role: 'trader', accounts: [1, 2] });
      const user = created.ok ? created.value : expect.fail();
      const terms = { userId: user.userId, kind: 'browser', name: 'b', role: 'trader', lifetimeMicros: null } as const;
      const { secret } = await tokens.createToken(store, terms);
      const link = await people.createLoginLink(store, user.userId);
      await people.setUserDisabled(store, user.userId, true);
      expect(await tokens.findBearer(store, secret)).toBeUndefined();
      expect(await people.consumeLoginLink(store, link)).toBeUndefined();
      await people.setUserDisabled(store, user.userId, false);
      expect((await tokens.findBearer(store, secret))?.user.accounts).toEqual([1, 2]);
      expect((await people.listUsers(store)).map((known) => known.userId)).toContain(user.userId);
    });

    it('makes one user of an invitation', async () => {
      const invited = { name: 'second', role: 'risk', accounts: 'all', createdBy: person.userId } as const;
      const { invitation, secret } = await people.createInvitation(store, invited);
      expect(await people.acceptInvitation(store, secret, 'ada')).toEqual({ ok: false, error: 'name-taken' });
      const name = newName();
      const accepted = await people.acceptInvitation(store, secret, name);
      expect(accepted).toMatchObject({ ok: true, value: { name, role: 'risk', accounts: 'all' } });
      expect(await people.acceptInvitation(store, secret, newName())).toEqual({ ok: false, error: 'invalid' });
      const listed = await people.listInvitations(store);
      expect(listed.find((known) => known.invitationId === invitation.invitationId)?.usedMicros).not.toBeNull();
      expect(await people.revokeInvitation(store, invitation.invitationId)).toBe(false);
    });

    it('refuses a revoked and an expired invitation', async () => {
      const invited = { name: 'third', role: 'risk', accounts: [], createdBy: person.userId };
      const first = await people.createInvitation(store, invited);
      expect(await people.revokeInvitation(store, first.invitation.invitationId)).toBe(true);
      expect(await people.acceptInvitation(store, first.secret, newName())).toMatchObject({ error: 'invalid' });
      const second = await people.createInvitation(store, invited);
      clock.advance(people.INVITATION_LIFETIME_MICROS);
      expect(await people.acceptInvitation(store, second.secret, newName())).toMatchObject({ error: 'invalid' });
    });

    it('numbers order-entry sessions from 1 and never gives an id twice', async () => {
      const base = { ...sessionTerms, accounts: [1, 7] };
      const made = await Promise.all(
        Array.from({ length: 3 }, async (_, index) => sessions.createSession(store, { ...base, name: `s${index}` })),
      );
      expect(made.map((session) => session?.session).toSorted((a, b) => Number(a) - Number(b))).toEqual([1, 2, 3]);
      expect(await sessions.createSession(store, { ...base, name: 's1' })).toBeUndefined();
      await sessions.revokeSession(store, 3);
      expect((await sessions.createSession(store, { ...base, name: 's3' }))?.session).toBe(4);
      const directory = sessions.sessionDirectory(store);
      expect((await directory.list()).map((known) => [known.session, known.enabled])).toEqual([
        [1, true],
        [2, true],
        [3, false],
        [4, true],
      ]);
      expect(await directory.find(2)).toMatchObject({ accounts: [1, 7], cancelOnDisconnect: true, graceMs: 250 });
      expect((await directory.find(2))?.publicKey).toEqual(sessionTerms.publicKey);
      expect(await directory.find(99)).toBeUndefined();
    });

    it('brings a platform session to new terms under its old id', async () => {
      const before = await sessions.ensureSession(store, { ...sessionTerms, name: 'platform', participant: -1 });
      const publicKey = new Uint8Array(32).fill(9);
      const after = await sessions.ensureSession(store, { ...sessionTerms, name: 'platform', publicKey });
      expect(after.session).toBe(before.session);
      expect(after.publicKey).toEqual(publicKey);
    });

    it('lists acts newest first, page by page, and finds the newest one upon a target', async () => {
      const act = {
        userId: person.userId,
        userName: 'ada',
        act: 'kill-switch.engage',
        target: 'account 3',
        outcome: 'done',
        detail: { reason: 'first' },
        requestId: 'r',
        address: '127.0.0.1',
      } as const;
      const ids: string[] = [];
      for (const reason of ['first', 'second', 'third']) {
        clock.advance(2000);
        ids.unshift((await acts.recordAct(store, { ...act, detail: { reason } })).auditId);
      }
      clock.advance(2000);
      await acts.recordAct(store, { ...act, outcome: 'refused', detail: { reason: 'refused' } });
      const page = await acts.listActs(store, 2, ids[0]);
      expect(page.map((entry) => entry.auditId)).toEqual([ids[1], ids[2]]);
      expect((await acts.latestAct(store, 'kill-switch.engage', 'account 3'))?.detail).toEqual({ reason: 'third' });
      expect(await acts.latestAct(store, 'kill-switch.engage', 'account 4')).toBeUndefined();
    });

    it('lets an approval be decided once, and not after its time', async () => {
      const request = {
        action: 'market.resume',
        summary: 'NAUT leaves its halt',
        payload: { symbol: 'NAUT' },
        requestedBy: person.userId,
        requestedByName: 'ada',
      };
      const { approvalId } = await acts.requestApproval(store, request);
      const by = { userId: 'usr_other', userName: 'bob' };
      const decisions = await Promise.all([
        acts.decideApproval(store, approvalId, 'confirmed', by),
        acts.decideApproval(store, approvalId, 'refused', by),
      ]);
      expect(decisions.filter(Boolean)).toHaveLength(1);
      await acts.concludeApproval(store, approvalId, { failed: false, outcome: 'continuous' });
      expect(await acts.findApproval(store, approvalId)).toMatchObject({ decidedByName: 'bob', outcome: 'continuous' });

      const late = await acts.requestApproval(store, request);
      expect((await acts.listApprovals(store, 'pending')).map((open) => open.approvalId)).toEqual([late.approvalId]);
      clock.advance(acts.APPROVAL_LIFETIME_MICROS);
      expect(await acts.decideApproval(store, late.approvalId, 'confirmed', by)).toBe(false);
      expect((await acts.findApproval(store, late.approvalId))?.state).toBe('expired');
      expect(await acts.listApprovals(store, 'pending')).toEqual([]);
      expect(await acts.listApprovals(store, 'all')).toHaveLength(2);
    });

    it('indexes the audit log once, finds acts that are not in it, and forgets a person for good', async () => {
      const unlogged = async (): Promise<string[]> =>
        (await audit.listUnloggedActs(store, ''))
          .map(({ userName }) => userName)
          .filter((name) => name === 'A' || name === 'B');
      const act = {
        act: 'login',
        target: 'x',
        outcome: 'done',
        detail: {},
        requestId: 'r',
        address: '192.0.2.7',
      } as const;
      const first = await acts.recordAct(store, { ...act, userId: 'usr_a', userName: 'A' });
      await acts.recordAct(store, { ...act, userId: 'usr_b', userName: 'B' });
      expect((await unlogged()).toSorted()).toEqual(['A', 'B']);
      const row = {
        type: 'act',
        kind: 'login',
        time_micros: 1,
        title: 't',
        record_id: null,
        first_sequence: null,
        last_sequence: null,
      };
      const rows = [
        { ...row, leaf_index: 0, record_id: first.auditId },
        { ...row, leaf_index: 1, type: 'journal', first_sequence: 5, last_sequence: 9_007_199_254_740_000 },
      ];
      await audit.indexEntries(store, rows);
      await audit.indexEntries(store, rows);
      expect(await audit.indexedEntries(store)).toBe(2);
      expect(await audit.lastIndexedSequence(store)).toBe(9_007_199_254_740_000);
      expect((await audit.findEntryOfSequence(store, 77))?.leaf_index).toBe(1);
      expect(await audit.findEntryOfSequence(store, 4)).toBeUndefined();
      expect(await unlogged()).toEqual(['B']);
      await audit.addSubject(store, {
        subject_id: 'usr_a',
        region: 'eu',
        wrapped_key: 'k',
        created_micros: 1,
        erased_micros: null,
      });
      await audit.storePayload(store, { record_id: first.auditId, subject_id: 'usr_a', sealed: 's' });
      expect(await audit.destroySubject(store, 'usr_a')).toBe(1);
      expect(await audit.findPayload(store, first.auditId)).toBeUndefined();
      expect((await audit.findSubject(store, 'usr_a'))?.wrapped_key).toBe('');
      const kept = (await acts.listActs(store, 10)).find(({ auditId }) => auditId === first.auditId);
      expect(kept).toMatchObject({ userName: '(erased)', address: '', detail: {} });
    });

    it('replaces a setting', async () => {
      await settings.writeSetting(store, 'site', { name: 'laptop' }, 'ada');
      await settings.writeSetting(store, 'site', { name: 'rack 7' }, 'ada');
      expect(await settings.readSetting(store, 'site')).toEqual({ name: 'rack 7' });
      expect(await settings.readSetting(store, 'nothing')).toBeUndefined();
    });
  });
}

const sessionTerms = {
  name: 'algo',
  participant: 1,
  accounts: 'all',
  role: 'trader',
  publicKey: Uint8Array.from({ length: 32 }, (_, index) => index),
  ackLevel: 1,
  cancelOnDisconnect: true,
  graceMs: 250,
  ordersPerSecond: 100,
  createdBy: 'ada',
} as const;
