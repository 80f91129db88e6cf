import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import type { HttpGet } from '../ports/http.js';

const MAX_BYTES = 64 * 1024;

/** Each page over a connection of its own, which is gone afterwards. */
export const nodeHttpGet: HttpGet = (url, timeoutMs) =>
  new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? getSecure : getPlain;
    const request = get(url, { agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_BYTES) request.destroy(new Error(`the page at ${url} has more than ${MAX_BYTES} bytes`));
        else chunks.push(chunk);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
