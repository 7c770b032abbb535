/** The name server without sockets: what it answers to each kind of question, byte by byte where it matters. */
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../address.ts';
import { steeringWorld } from '../harness.ts';
import { RecordType, ResponseCode } from './codes.ts';
import { encodeName, readName } from './names.ts';
import { RateLimiter } from './rate-limit.ts';
import { queryOf, readAnswer, subnetOption } from './testing.ts';

const API = 'api.nautilus.trading';
const JAPAN = subnetOption([133, 11, 0], 24);

describe('a steered name', () => {
  it('is answered by the place of the client’s subnet, with the scope the answer holds for', () => {
    const { ask } = steeringWorld();
    const answer = readAnswer(ask(queryOf({ name: API, type: RecordType.A, edns: { options: JAPAN } })));
    expect(answer).toMatchObject({
      code: 0,
      authoritative: true,
      truncated: false,
      recursionAvailable: false,
      id: 0x1234,
    });
    expect(answer.answers).toEqual([{ owner: API, type: RecordType.A, ttlSeconds: 60, data: [192, 0, 2, 30] }]);
    expect(answer.additional[0]?.data).toEqual([0, 8, 0, 7, 0, 1, 24, 24, 133, 11, 0]);
  });

  it('has a scope of its network where more of the address was told', () => {
    const { ask } = steeringWorld();
    const options = subnetOption([133, 11, 0, 77], 32);
    const { additional } = readAnswer(ask(queryOf({ name: API, type: RecordType.A, edns: { options } })));
    expect(additional[0]?.data).toEqual([0, 8, 0, 8, 0, 1, 32, 24, 133, 11, 0, 77]);
  });

  it('is answered by the asker’s own address where the client wants no place, with no scope', () => {
    const { ask } = steeringWorld();
    const answer = readAnswer(ask(queryOf({ name: API, type: RecordType.A, edns: { options: subnetOption([], 0) } })));
    expect(answer.answers).toHaveLength(1);
    expect(answer.additional[0]?.data).toEqual([0, 8, 0, 4, 0, 1, 0, 0]);
  });

  it('keeps the case it was asked in', () => {
    const { ask } = steeringWorld();
    const { question, answers } = readAnswer(ask(queryOf({ name: 'aPi.NaUtIlUs.TRADING', type: RecordType.AAAA })));
    expect(question).toBe('aPi.NaUtIlUs.TRADING');
    expect(answers[0]?.type).toBe(RecordType.AAAA);
  });

  it('has no data of other types, and says for how long', () => {
    const { ask } = steeringWorld();
    const { code, answers, authority } = readAnswer(ask(queryOf({ name: API, type: RecordType.MX })));
    expect({ code, answers }).toEqual({ code: 0, answers: [] });
    expect(authority).toMatchObject([{ owner: 'nautilus.trading', type: RecordType.SOA, ttlSeconds: 60 }]);
  });

  it('fails for a while where every target is drained, so that resolvers use what they have', () => {
    const { ask, conditions, policy } = steeringWorld();
    for (const { id } of policy.targets) conditions.set.set(id, { drained: true });
    expect(readAnswer(ask(queryOf({ name: API, type: RecordType.A }))).code).toBe(ResponseCode.serverFailure);
  });

  it('stays with its target for a network until the time is up', () => {
    const { ask, clock, conditions } = steeringWorld();
    const where = () =>
      readAnswer(ask(queryOf({ name: API, type: RecordType.A, edns: { options: JAPAN } }))).answers[0]?.data[3];
    conditions.set.set('nautilus-hub-asia-southeast', { state: 'healthy' });
    conditions.roundTrips.set('JP nautilus-hub-asia-southeast', 30_000);
    conditions.set.set('nautilus-primary-asia-northeast', { state: 'unhealthy' });
    expect(where()).toBe(60);
    conditions.set.delete('nautilus-primary-asia-northeast');
    expect(where()).toBe(60);
    clock.advance(600_000_000);
    expect(where()).toBe(30);
  });
});

describe('the zone', () => {
  it.each([
    ['SOA', 'nautilus.trading', RecordType.SOA, 1],
    ['TXT', 'nautilus.trading', RecordType.TXT, 1],
    ['NS', 'nautilus.trading', RecordType.NS, 2],
    ['A', 'ns1.nautilus.trading', RecordType.A, 1],
  ])('gives its %s records', (_type, name, type, count) => {
    const { ask } = steeringWorld();
    const answer = readAnswer(ask(queryOf({ name, type })));
    expect(answer).toMatchObject({ code: 0, authoritative: true });
    expect(answer.answers).toHaveLength(count);
    expect(answer.answers.every((record) => record.type === type && record.owner === name)).toBe(true);
  });

  it('sends the addresses of its name servers along', () => {
    const { ask } = steeringWorld();
    const { additional } = readAnswer(ask(queryOf({ name: 'nautilus.trading', type: RecordType.NS })));
    expect(additional.map(({ owner, type }) => `${owner} ${type}`)).toEqual([
      'ns1.nautilus.trading 1',
      'ns1.nautilus.trading 28',
      'ns2.nautilus.trading 1',
    ]);
  });

  it('says that a name is not there, with the SOA', () => {
    const { ask } = steeringWorld();
    const { code, authority } = readAnswer(ask(queryOf({ name: 'nosuch.nautilus.trading', type: RecordType.A })));
    expect(code).toBe(ResponseCode.noSuchName);
    expect(authority[0]?.type).toBe(RecordType.SOA);
  });

  it.each([
    ['another zone', { name: 'example.com', type: RecordType.A }],
    ['a name that only ends alike', { name: 'notnautilus.trading', type: RecordType.A }],
    ['the parent', { name: 'trading', type: RecordType.NS }],
    ['the root', { name: '.', type: RecordType.NS }],
    ['a transfer', { name: 'nautilus.trading', type: RecordType.AXFR }],
    ['another class', { name: 'nautilus.trading', type: RecordType.TXT, class: 3 }],
  ])('refuses %s', (_what, terms) => {
    const { ask } = steeringWorld();
    const answer = readAnswer(ask(queryOf(terms)));
    expect(answer).toMatchObject({ code: ResponseCode.refused, authoritative: false, answers: [] });
  });

  it('answers ANY with one small record', () => {
    const { ask } = steeringWorld();
    const { answers } = readAnswer(ask(queryOf({ name: 'nautilus.trading', type: RecordType.ANY })));
    expect(answers.map(({ type }) => type)).toEqual([RecordType.HINFO]);
  });
});

describe('what does not fit', () => {
  const records = [
    { name: 'large', type: 'TXT' as const, ttl: 60, values: Array.from({ length: 6 }, () => 'x'.repeat(250)) },
  ];
  const large = { name: 'large.nautilus.trading', type: RecordType.TXT };

  it.each([
    ['without EDNS', large],
    ['with EDNS', { ...large, edns: { bytes: 65_000 } }],
  ])('is cut to the question with the flag over UDP, %s', (_how, terms) => {
    const { ask } = steeringWorld({}, { records });
    const bytes = ask(queryOf(terms));
    expect(readAnswer(bytes)).toMatchObject({ truncated: true, answers: [], question: large.name });
    expect(bytes.length).toBeLessThan(100);
  });

  it('comes whole over TCP', () => {
    const { ask } = steeringWorld({}, { records });
    expect(readAnswer(ask(queryOf(large), 'tcp'))).toMatchObject({ truncated: false, answers: { length: 6 } });
  });
});

describe('a name between the zone and a record', () => {
  it('exists without data', () => {
    const records = [{ name: 'a.b', type: 'A' as const, ttl: 60, values: ['192.0.2.1'] }];
    const { ask } = steeringWorld({}, { records });
    expect(readAnswer(ask(queryOf({ name: 'b.nautilus.trading', type: RecordType.A })))).toMatchObject({
      code: 0,
      answers: [],
    });
    expect(readAnswer(ask(queryOf({ name: 'a.b.nautilus.trading', type: RecordType.A }))).answers).toHaveLength(1);
  });
});

describe('EDNS', () => {
  it('of another version is told the version spoken here', () => {
    const { ask } = steeringWorld();
    const { code, additional } = readAnswer(ask(queryOf({ name: API, type: RecordType.A, edns: { version: 1 } })));
    expect((((additional[0]?.ttlSeconds ?? 0) >>> 24) << 4) | code).toBe(ResponseCode.badVersion);
  });

  it('is answered only where it was asked with, and keeps the DNSSEC flag', () => {
    const { ask } = steeringWorld();
    expect(readAnswer(ask(queryOf({ name: API, type: RecordType.A }))).additional).toEqual([]);
    const { additional } = readAnswer(ask(queryOf({ name: API, type: RecordType.A, edns: { dnssecOk: true } })));
    expect((additional[0]?.ttlSeconds ?? 0) & 0x8000).toBe(0x8000);
  });

  it.each([
    ['bits past the prefix', subnetOption([133, 11, 1], 23)],
    ['too few bytes', subnetOption([133, 11], 24)],
    ['too many bytes', subnetOption([133, 11, 0, 0], 24)],
    ['a prefix longer than an address', subnetOption([1, 2, 3, 4, 5], 33)],
    ['an unknown family', subnetOption([1], 8, 3)],
    ['an option that ends outside', Uint8Array.of(0, 8, 0, 99, 0, 1)],
  ])('with %s is malformed', (_what, options) => {
    const { ask } = steeringWorld();
    expect(readAnswer(ask(queryOf({ name: API, type: RecordType.A, edns: { options } }))).code).toBe(
      ResponseCode.formError,
    );
  });
});

describe('a message that is no query', () => {
  const query = queryOf({ name: API, type: RecordType.A });
  const changed = (at: number, value: number): Uint8Array => {
    const bytes = query.slice();
    bytes[at] = value;
    return bytes;
  };

  it('is met with silence where it is an answer, or shorter than a header', () => {
    const { ask, responder } = steeringWorld();
    expect(ask(changed(2, 0x81))).toHaveLength(0);
    expect(ask(query.subarray(0, 11))).toHaveLength(0);
    expect(responder.counts.ignored).toBe(2);
  });

  it.each([
    ['two questions', changed(5, 2), ResponseCode.formError],
    ['no question', changed(5, 0), ResponseCode.formError],
    ['a record that is not there', changed(11, 1), ResponseCode.formError],
    ['a label longer than the message', changed(12, 63), ResponseCode.formError],
    ['bytes after its end', Uint8Array.from([...query, 0]), ResponseCode.formError],
    ['an update', changed(2, 0x28), ResponseCode.notImplemented],
  ])('but has %s is told so with a code', (_what, message, code) => {
    const { ask } = steeringWorld();
    expect(readAnswer(ask(message))).toMatchObject({ code, id: 0x1234, answers: [] });
  });
});

describe('a name', () => {
  it('follows pointers back', () => {
    const message = Uint8Array.from([...new Uint8Array(12), 1, 97, 0, 1, 98, 0xc0, 12]);
    expect(readName(message, 15, 12)).toEqual({ end: 19, wire: Uint8Array.of(1, 98, 1, 97, 0) });
  });

  it.each([
    ['to itself', [0xc0, 12]],
    ['forward', [0xc0, 14, 0]],
    ['into the header', [0xc0, 0]],
    ['that ends early', [0xc0]],
    ['of a reserved kind', [0x80, 1]],
  ])('does not follow a pointer %s', (_what, bytes) => {
    expect(readName(Uint8Array.from([...new Uint8Array(12), ...bytes]), 12, 12)).toBeUndefined();
  });

  it('may be 255 bytes long and not more', () => {
    const label = 'a'.repeat(63);
    expect(encodeName([label, label, label, 'a'.repeat(61)].join('.'))).toHaveLength(255);
    expect(encodeName([label, label, label, 'a'.repeat(62)].join('.'))).toBeUndefined();
    expect(encodeName('a..b')).toBeUndefined();
  });
});

describe('the rate limit', () => {
  const client = (text: string) => parseAddress(text) ?? expect.fail();

  it('lets a burst pass, then cuts every second answer and drops the rest, for the whole network', () => {
    const limiter = new RateLimiter(5, []);
    const verdicts = Array.from({ length: 14 }, (_, at) => limiter.ask(client(`198.51.100.${at}`), 1_000_000));
    expect(verdicts.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 'answer'));
    expect(verdicts.slice(10)).toEqual(['cut', 'drop', 'cut', 'drop']);
    expect(limiter.ask(client('198.51.101.1'), 1_000_000)).toBe('answer');
    expect(limiter.ask(client('198.51.100.1'), 1_200_000)).toBe('answer');
    expect(limiter.ask(client('198.51.100.1'), 1_200_000)).toBe('cut');
  });

  it('leaves unlimited networks alone, and only them', () => {
    const limiter = new RateLimiter(1, ['198.51.100.128/25', '2001:db8::/32']);
    const passed = (text: string) =>
      Array.from({ length: 50 }, () => limiter.ask(client(text), 0)).filter((v) => v === 'answer').length;
    expect(passed('198.51.100.200')).toBe(50);
    expect(passed('2001:db8:1::1')).toBe(50);
    expect(passed('198.51.100.1')).toBe(2);
  });
});
