// Reads a JSON list of mermaid's pictures from stdin, prints a JSON list with the error of each, or null.
// A process of its own: mermaid is ES modules throughout, and wants a browser's globals.
import { text } from 'node:stream/consumers';
// @ts-expect-error -- it has no types of its own; a window is all that is wanted of it
import { JSDOM } from 'jsdom';

const { window } = new JSDOM('');
Object.assign(globalThis, { window, document: window.document });
const { default: mermaid } = await import('mermaid');

/** @type {string[]} */
const pictures = JSON.parse(await text(process.stdin));
const errors = [];
for (const picture of pictures) {
  errors.push(
    await mermaid.parse(picture).then(
      () => null,
      (error) => String(error.message),
    ),
  );
}
console.log(JSON.stringify(errors));
