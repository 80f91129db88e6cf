import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpPage, HttpServe } from '../ports/http.js';

/** A request that takes longer is ended, so that half-open ones do not pile up. */
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 100;

/** A small web server for pages of figures. */
export const nodeHttpServe: HttpServe = ({ host, port }, pageAt) =>
  new Promise((resolve, reject) => {
    const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, ({ method, url = '' }, response) => {
      if (method === 'GET') answer(response, pageAt(url.split('?')[0]));
      else response.writeHead(405, { allow: 'GET' }).end();
    });
    server.maxConnections = MAX_CONNECTIONS;
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });

function answer(response: ServerResponse, page: HttpPage | undefined): void {
  if (page === undefined) response.writeHead(404).end();
  else response.writeHead(200, { 'content-type': page.contentType }).end(page.body);
}
