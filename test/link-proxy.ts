/**
 * A TCP link that can be cut without either end hearing of it: bytes of one direction or both simply stop arriving, as in a
 * partition. Forwards between loopback ports only.
 */
import { createServer, connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

export class LinkProxy {
  /** Bytes from those who connect here, and back to them. */
  readonly flow = { there: true, back: true };
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(targetPort: number) {
    this.server = createServer((near) => this.join(near, connect(targetPort, '127.0.0.1')));
  }

  static async open(targetPort: number, port = 0): Promise<LinkProxy> {
    const proxy = new LinkProxy(targetPort);
    await new Promise<void>((resolve) => {
      proxy.server.listen(port, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  cut(direction: 'there' | 'back' | 'both'): void {
    if (direction !== 'back') this.flow.there = false;
    if (direction !== 'there') this.flow.back = false;
  }

  /** Lets bytes through again. What was lost meanwhile stays lost, so that connections of the time before are reset. */
  heal(): void {
    if (this.flow.there && this.flow.back) return;
    this.flow.there = true;
    this.flow.back = true;
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(near: Socket, far: Socket): void {
    const forward = (from: Socket, to: Socket, direction: 'there' | 'back'): void => {
      this.sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (bytes) => {
        if (this.flow[direction]) to.write(bytes);
      });
      from.on('error', () => from.destroy());
      from.on('close', () => {
        this.sockets.delete(from);
        if (this.flow.there && this.flow.back) to.destroy();
      });
    };
    forward(near, far, 'there');
    forward(far, near, 'back');
  }
}
