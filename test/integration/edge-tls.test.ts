import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ExecType } from '#trading/events.ts';
import { ADMINISTRATOR, connectClient, newOrder, openMarket, startTestNode, until } from './edge-harness.ts';
import type { TestClient, TestNode } from './edge-harness.ts';
import { makeCertificate } from './certificates.ts';

let test: TestNode;
afterEach(async () => test.stop());

const authority = makeCertificate('Test Authority');
const nodeCertificate = makeCertificate('node', authority);
const clientCertificate = makeCertificate('client', authority);
const stranger = makeCertificate('Other Authority');

async function tlsClient(session: number, tls: object, reconnect = true): Promise<TestClient> {
  const key = test.keys.get(session);
  if (key === undefined) throw new Error('no key');
  const endpoint = { host: '127.0.0.1', port: test.node.port, tls: { ca: authority.certificate, ...tls } };
  return connectClient(test.node.port, session, key, { endpoints: [endpoint], reconnect });
}

const mutual = {
  certificate: nodeCertificate.certificate,
  key: nodeCertificate.key,
  clientAuthority: authority.certificate,
};

describe('TLS', () => {
  it('is what every address outside the loopback interface needs', async () => {
    test = await startTestNode();
    for (const host of ['0.0.0.0', '::', '192.0.2.1']) {
      await expect(test.start({ listen: { host, port: 0 } })).rejects.toMatchObject({
        code: 'EDGE_CLEAR_TEXT_REFUSED',
      });
    }
  });

  it('carries orders, resumes and slow answers as plain TCP does, with certificates on both sides', async () => {
    test = await startTestNode({ 2: {}, 3: {} }, { listen: { host: '0.0.0.0', port: 0, tls: mutual } });
    const own = { certificate: clientCertificate.certificate, key: clientCertificate.key };
    const administrator = await openMarket(test, await tlsClient(ADMINISTRATOR, own));
    const trader = await tlsClient(2, own);
    for (let clOrdId = 1; clOrdId <= 500; clOrdId++) trader.send(newOrder({ clOrdId }));
    await trader.until(() => trader.reports.length === 500);
    trader.client.breakConnection();
    await trader.until(() => trader.receipts.length === 2);
    trader.send(newOrder({ clOrdId: 501 }));
    await trader.until(() => trader.reports.length === 501);
    expect(trader.reports[500]).toMatchObject({ sequence: 501, execType: ExecType.new });
    await trader.client.close();
    await administrator.client.close();
  });

  it('lets nobody in without a certificate of the authority, nor in clear text', async () => {
    test = await startTestNode({ 2: {} }, { listen: { host: '127.0.0.1', port: 0, tls: mutual } });
    await expect(tlsClient(2, {}, false)).rejects.toMatchObject({ code: 'EDGE_NOT_CONNECTED' });
    const signedElsewhere = makeCertificate('client', stranger);
    const foreign = { certificate: signedElsewhere.certificate, key: signedElsewhere.key };
    await expect(tlsClient(2, foreign, false)).rejects.toMatchObject({ code: 'EDGE_NOT_CONNECTED' });
    const plain = connect({ host: '127.0.0.1', port: test.node.port });
    let received = 0;
    let closed = false;
    plain.on('data', (bytes) => {
      received += bytes.length;
    });
    plain.on('error', () => undefined);
    plain.on('close', () => {
      closed = true;
    });
    plain.write(new Uint8Array(96));
    await until(() => closed);
    // At most a TLS alert: never a challenge.
    expect(received).toBeLessThan(56);
    const trusted = { certificate: clientCertificate.certificate, key: clientCertificate.key };
    const client = await tlsClient(2, trusted);
    expect(client.receipt.epoch).toBe(1);
    await client.client.close();
  });

  it('makes a client refuse a node whose certificate another authority signed', async () => {
    const impostor = makeCertificate('node', stranger);
    const tls = { certificate: impostor.certificate, key: impostor.key };
    test = await startTestNode({ 2: {} }, { listen: { host: '127.0.0.1', port: 0, tls } });
    await expect(tlsClient(2, {}, false)).rejects.toMatchObject({ code: 'EDGE_NOT_CONNECTED' });
  });

  it('does not start with a key that belongs to another certificate', async () => {
    test = await startTestNode();
    const tls = { certificate: nodeCertificate.certificate, key: clientCertificate.key };
    await expect(test.start({ listen: { host: '127.0.0.1', port: 0, tls } })).rejects.toMatchObject({
      code: 'EDGE_KEY_UNUSABLE',
    });
  });
});
