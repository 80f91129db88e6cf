// The yardstick: what a server in Node can do that only cuts frames, parses the JSON header, appends
// header and body to a file once a turn, and answers. With `sync` it answers after an fdatasync.
import { fdatasync, openSync, write } from 'node:fs';
import { createServer, type Socket } from 'node:net';

const [, , path, flush] = process.argv;
const file = openSync(path, 'w');
const isSync = flush === 'SYNC_FLUSH';

interface Header {
  opaque: number;
  extFields: { e: string; i: string };
}

let batch: Buffer[] = [];
let answers = new Map<Socket, string[]>();
let position = 0;
let isWriting = false;
let isScheduled = false;

const server = createServer({ noDelay: true }, (socket) => {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (at + 4 <= bytes.length) {
      const end = at + 4 + bytes.readInt32BE(at);
      if (end > bytes.length) break;
      const headerEnd = at + 8 + bytes.readInt32BE(at + 4);
      take(socket, JSON.parse(bytes.toString('latin1', at + 8, headerEnd)) as Header, bytes.subarray(at, end));
      at = end;
    }
    rest = bytes.subarray(at);
  });
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port));

function take(socket: Socket, { opaque, extFields }: Header, record: Buffer): void {
  batch.push(record);
  const msgId = `7F00000100002A9F${position.toString(16).toUpperCase().padStart(16, '0')}`;
  const fields = `"msgId":"${msgId}","queueId":"${extFields.e}","queueOffset":"${position}"`;
  const header = `{"code":0,"extFields":{${fields}},"flag":1,"language":"NODE_JS","opaque":${opaque},"version":479}`;
  const ofSocket = answers.get(socket);
  if (ofSocket === undefined) answers.set(socket, [header]);
  else ofSocket.push(header);
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(writeBatch);
}

function writeBatch(): void {
  isScheduled = false;
  if (isWriting || batch.length === 0) return;
  const bytes = Buffer.concat(batch);
  const waiting = answers;
  batch = [];
  answers = new Map();
  isWriting = true;
  write(file, bytes, 0, bytes.length, position, () => {
    position += bytes.length;
    if (isSync) fdatasync(file, () => written(waiting));
    else written(waiting);
  });
}

function written(waiting: Map<Socket, string[]>): void {
  isWriting = false;
  for (const [socket, headers] of waiting) socket.write(framesOf(headers));
  writeBatch();
}

function framesOf(headers: readonly string[]): Buffer {
  const frames = Buffer.allocUnsafe(headers.reduce((sum, header) => sum + 8 + header.length, 0));
  let at = 0;
  for (const header of headers) {
    frames.writeInt32BE(4 + header.length, at);
    frames.writeInt32BE(header.length, at + 4);
    frames.write(header, at + 8, 'latin1');
    at += 8 + header.length;
  }
  return frames;
}
