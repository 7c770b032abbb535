/** The command line as its user types it: the real `bin/nautilus`, beside a platform that runs and one that does not. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OrderEntryClient } from '#edge/client.ts';
import { createSystemClock } from '#kit/clock.ts';
import { runProgram, startTestPlatform, type Ended, type TestPlatform } from '../platform.ts';
import { logIn, openMarket, until, withToken } from '../platform-user.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nautilus-cli-'));
const keyFile = path.join(folder, 'algo.pem');
let platform: TestPlatform;

beforeAll(async () => {
  platform = await startTestPlatform({ paused: true, program: ['src/cli/main.ts', 'start'] });
});
afterAll(async () => {
  await platform?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function nautilus(...words: string[]): Promise<Ended> {
  return runProgram('bin/nautilus', words, ['sh']);
}

/** Runs a command on the platform's folder and gives its JSON. */
// oxlint-disable-next-line typescript/no-explicit-any
async function data(...words: string[]): Promise<any> {
  const { code, out, err } = await nautilus(...words, '--json', '--data', platform.dataFolder);
  expect({ code, err, words }).toEqual({ code: 0, err: '', words });
  expect(out.trim()).not.toContain('\n');
  return JSON.parse(out);
}

describe('nautilus', () => {
  it('knows its version, which is the package’s', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(await nautilus('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it('lists its commands with examples', async () => {
    const { code, out, err } = await nautilus('help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const command of ['start', 'status', 'trace', 'replay', 'token', 'user', 'login', 'session', 'journal']) {
      expect(out).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
    }
    expect(out).toContain('nautilus token create --role auditor');
    const start = await nautilus('start', '--help');
    expect(start).toMatchObject({ code: 0, out: expect.stringContaining('--ultra') });
  });

  it.each([
    ['a command that does not exist', ['stat'], /unknown command 'stat'/],
    ['an option that does not exist', ['status', '--colour'], /unknown option '--colour'/],
    ['a role that does not exist', ['token', 'create', '--role', 'king'], /Allowed choices are .*auditor/],
    ['a missing role', ['token', 'create'], /'--role <role>' not specified/],
    ['a number out of bounds', ['session', 'revoke', '0'], /whole number from 1 to 65535/],
    ['an address without a token', ['status', '--url', 'http://localhost:1'], /--token/],
  ])('refuses %s with exit code 64', async (_what, words, message) => {
    const ended = await nautilus(...words);
    expect(ended).toMatchObject({ code: 64, out: '', err: expect.stringMatching(/^CLI_USAGE: /) });
    expect(ended.err).toMatch(message);
  });

  it('says that a folder holds no platform, or that it does not run', async () => {
    const empty = path.join(folder, 'empty');
    const missing = await nautilus('token', 'list', '--data', empty);
    expect(missing).toMatchObject({ code: 66, out: '', err: expect.stringMatching(/^CLI_NO_DATA: .*empty/) });
    expect(existsSync(empty)).toBe(false);
    const stopped = await nautilus('status', '--data', empty);
    expect(stopped).toMatchObject({ code: 69, out: '', err: expect.stringMatching(/^CLI_NOT_RUNNING: .*empty/) });
  });
});

describe('nautilus token', () => {
  it('makes a token that may do what its role may, until it is revoked', async () => {
    const { token, secret } = await data('token', 'create', '--role', 'auditor', '--name', 'reports', '--days', '7');
    expect(token).toMatchObject({ role: 'auditor', name: 'reports' });
    const auditor = withToken(platform.url, secret);
    expect((await auditor.ask('GET', '/whoami')).body).toMatchObject({ name: 'owner', role: 'auditor' });
    expect((await auditor.ask('POST', '/trading/snapshots', {})).status).toBe(403);
    const { tokens } = await data('token', 'list');
    expect(tokens).toContainEqual(expect.objectContaining({ tokenId: token.tokenId, userName: 'owner' }));
    expect(JSON.stringify(tokens)).not.toContain(secret);

    await data('token', 'revoke', token.tokenId);
    await until('the token is refused', async () =>
      (await auditor.ask('GET', '/whoami')).status === 401 ? true : undefined,
    );
    const again = await nautilus('token', 'revoke', token.tokenId, '--data', platform.dataFolder);
    expect(again).toMatchObject({ code: 66, err: expect.stringMatching(/^CLI_NOT_FOUND: /) });
  });

  it('prints the secret alone on the first line, for scripts', async () => {
    const { out } = await nautilus('token', 'create', '--role', 'trader', '--data', platform.dataFolder);
    expect(out.split('\n')[0]).toMatch(/^nat_[\w-]{43}$/);
  });

  it('writes what was done into the record of privileged acts', async () => {
    const { token } = await data('token', 'create', '--role', 'risk');
    const owner = withToken(platform.url, (await data('token', 'create', '--role', 'admin')).secret);
    const { body } = await owner.ask('GET', '/audit');
    expect(body.entries).toContainEqual(
      expect.objectContaining({
        act: 'token.create',
        target: token.tokenId,
        userName: expect.stringContaining('command line'),
      }),
    );
  });
});

describe('nautilus user and login', () => {
  it('invites a person who then has the role, and lists both states', async () => {
    const { url } = await data(
      'user',
      'invite',
      '--role',
      'risk',
      '--name',
      'Second pair of eyes',
      '--accounts',
      '1,2',
    );
    expect(url).toMatch(new RegExp(`^${platform.url}/login#niv_`));
    const listed = await data('user', 'list');
    expect(listed.invitations).toMatchObject([{ name: 'Second pair of eyes', role: 'risk', accounts: [1, 2] }]);
    const response = await fetch(`${platform.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: platform.url },
      body: JSON.stringify({ invitation: url.split('#')[1], name: 'Ada' }),
    });
    expect(response.status).toBe(200);
    const { users, invitations } = await data('user', 'list');
    expect(users).toContainEqual(expect.objectContaining({ name: 'Ada', role: 'risk', accounts: [1, 2] }));
    expect(invitations).toEqual([]);
  });

  it('prints a link that logs the owner in once', async () => {
    const { out } = await nautilus('login', '--data', platform.dataFolder);
    const user = await logIn({ url: platform.url, loginLink: out.trim() });
    expect((await user.ask('GET', '/whoami')).body).toMatchObject({ name: 'owner', role: 'admin' });
    await expect(logIn({ url: platform.url, loginLink: out.trim() })).rejects.toThrow(/401/);
  });

  it('does not make a link for nobody', async () => {
    const ended = await nautilus('login', '--user', 'nobody', '--data', platform.dataFolder);
    expect(ended).toMatchObject({ code: 66, out: '', err: expect.stringMatching(/^CLI_NOT_FOUND: .*nobody/) });
  });
});

describe('nautilus session', () => {
  const terms = ['session', 'create', '--name', 'algo-7', '--participant', '1', '--accounts', '1,2'];

  it('registers a session whose key opens it, until it is revoked', async () => {
    const { session } = await data(...terms, '--key', keyFile, '--ack-level', 'durable');
    expect(session).toMatchObject({ name: 'algo-7', participant: 1, accounts: [1, 2], ackLevel: 'durable' });
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const privateKey = createPrivateKey(readFileSync(keyFile));
    const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
    expect(Buffer.from(session.publicKey, 'base64').equals(Buffer.from(x, 'base64url'))).toBe(true);

    const [host = '', port] = platform.orderEntryAddress.split(':');
    const open = async (): Promise<void> => {
      const client = new OrderEntryClient({
        endpoints: [{ host, port: Number(port) }],
        session: session.session,
        privateKey,
        clock: createSystemClock(),
        reconnect: false,
      });
      await client.connect();
      await client.close();
    };
    await open();
    await data('session', 'revoke', String(session.session));
    await expect(open()).rejects.toThrow(/EDGE_LOGIN_REFUSED|refused/i);
    const { sessions } = await data('session', 'list');
    expect(sessions).toContainEqual(
      expect.objectContaining({ name: 'algo-7', revokedMicros: expect.any(Number), role: 'trader' }),
    );
  });

  it('never writes over a key, and takes a new one back when the name is taken', async () => {
    const before = readFileSync(keyFile, 'utf8');
    const existing = await nautilus(...terms, '--key', keyFile, '--data', platform.dataFolder);
    expect(existing).toMatchObject({ code: 73, err: expect.stringMatching(/^CLI_KEY_FILE: .*algo\.pem/) });
    expect(readFileSync(keyFile, 'utf8')).toBe(before);
    const fresh = path.join(folder, 'fresh.pem');
    const taken = await nautilus(...terms, '--key', fresh, '--data', platform.dataFolder);
    expect(taken).toMatchObject({ code: 1, err: expect.stringMatching(/^CLI_NAME_TAKEN: .*algo-7/) });
    expect(existsSync(fresh)).toBe(false);
  });
});

describe('nautilus journal', () => {
  it('reads the journal that a running node is writing', async () => {
    const verified = await data('journal', 'verify');
    expect(verified.damages).toEqual([]);
    expect(verified.entries).toBeGreaterThan(10);
    const { code, out, err } = await nautilus('journal', 'export', '--to', '3', '--data', platform.dataFolder);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const sequences = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).sequence);
    expect(sequences).toEqual([1, 2, 3]);
  });
});

describe('nautilus status and trace', () => {
  it('shows how the platform is, here and from elsewhere, and leaves no token behind', async () => {
    const shown = await nautilus('status', '--data', platform.dataFolder);
    expect(shown).toMatchObject({ code: 0, err: '', out: expect.stringContaining(`at ${platform.url}`) });
    expect(shown.out).toMatch(/^Node +ready, process \d+, order entry 127\.0\.0\.1:\d+$/m);
    expect(shown.out).toMatch(/^Market +demo market.*paused/m);
    const { secret } = await data('token', 'create', '--role', 'auditor');
    const elsewhere = await nautilus('status', '--json', '--url', platform.url, '--token', secret);
    expect(JSON.parse(elsewhere.out)).toMatchObject({ url: platform.url, status: { node: { state: 'ready' } } });
    const barred = await nautilus('status', '--url', platform.url, '--token', 'nat_wrong-wrong-wrong-wrong');
    expect(barred).toMatchObject({ code: 77, err: expect.stringMatching(/^CLI_NOT_PERMITTED: .*API_UNAUTHENTICATED/) });
    const dead = await nautilus('status', '--url', 'http://127.0.0.1:9', '--token', secret);
    expect(dead).toMatchObject({ code: 69, err: expect.stringMatching(/^CLI_UNREACHABLE: /) });
    const { tokens } = await data('token', 'list');
    const own = tokens.filter(({ name, expiresMicros, createdMicros }: Record<string, number | string>) => {
      return name === 'command line' && Number(expiresMicros) - Number(createdMicros) === 60_000_000;
    });
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter(({ revokedMicros }: { revokedMicros: number | null }) => revokedMicros === null)).toEqual([]);
  });

  it('draws where the time of an order went, by its id and by its ClOrdID', async () => {
    const user = withToken(platform.url, (await data('token', 'create', '--role', 'admin')).secret);
    await openMarket(user, 'ORCA');
    const order = { account: 1, symbol: 'ORCA', side: 'buy', type: 'limit', quantity: 3, price: '180.00' };
    const { body } = await user.ask('POST', '/trading/orders', { ...order, clOrdId: '4711' });
    expect(body.order.status).toBe('new');
    // The stamps of its batch travel with the next one.
    await user.ask('POST', '/trading/orders', { ...order, price: '179.00' });
    const { orderId } = body.order;
    const trace = await data('trace', orderId);
    expect(trace).toMatchObject({ orderId, clOrdId: '4711', complete: true });
    expect(trace.stages.map(({ name }: { name: string }) => name).slice(0, 3)).toEqual(['receive', 'match', 'journal']);
    const sum = trace.stages.reduce(
      (total: number, stage: { durationNanos: number }) => total + stage.durationNanos,
      0,
    );
    expect(sum).toBe(trace.totalNanos);
    expect(trace.totalNanos).toBeGreaterThan(0);
    expect(await data('trace', '4711', '--account', '1')).toEqual(trace);

    const drawn = await nautilus('trace', orderId, '--data', platform.dataFolder);
    expect(drawn.out).toContain(`Order ${orderId}, ClOrdID 4711: sequence ${trace.sequence}`);
    expect(drawn.out).toMatch(/^journal +\d+\.\d +\d+\.\d │ *█+ *│ the write of the batch/m);
    expect(drawn.out).toMatch(new RegExp(`^total +${(trace.totalNanos / 1000).toFixed(1)}$`, 'm'));
    const unknown = await nautilus('trace', '99-99', '--data', platform.dataFolder);
    expect(unknown).toMatchObject({ code: 66, out: '', err: expect.stringMatching(/^CLI_NOT_FOUND: .*99-99/) });
  });
});
