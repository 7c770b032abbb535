/** Where an HTTP connection becomes a WebSocket: only at the stream's path, only for those who are let in. */
import type { FastifyInstance } from 'fastify';
import { STREAM_PATH, type StreamHub } from './hub.ts';

export function acceptStreams(app: FastifyInstance, hub: StreamHub): void {
  app.server.on('upgrade', (request, socket, head) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    socket.on('error', (error) => app.log.debug({ err: error }, 'a connection broke while it was upgraded'));
    if (pathname !== STREAM_PATH) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const asker = {
      headers: request.headers,
      cookies: app.parseCookie(request.headers.cookie ?? ''),
      ip: request.socket.remoteAddress ?? '',
    };
    hub.upgrade(request, socket, head, asker).catch((error: unknown) => {
      app.log.error({ err: error }, 'a stream connection could not be opened');
      socket.destroy();
    });
  });
}
