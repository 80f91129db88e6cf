import { packError, unpackError } from '../../../../lib/engine/common/error-parcel.js';
import { ConfigurationError, PortInUseError, StoreLockedError } from '../../../../lib/engine/common/errors.js';

/** As it comes out on the other side of a thread. */
function carried(error: unknown): Error {
  return unpackError(structuredClone(packError(error)));
}

test.each([
  new StoreLockedError('/data', undefined, 42),
  new PortInUseError('127.0.0.1', 10911),
  new ConfigurationError('storeDir', 'is blank'),
])('%s arrives as what it is', (error) => {
  const arrived = carried(error);
  expect(arrived).toBeInstanceOf(error.constructor);
  expect(arrived).toMatchObject({
    ...Object.fromEntries(Object.entries(error)),
    message: error.message,
    stack: error.stack,
  });
});

test('a cause, a foreign error and what is none', () => {
  const foreign = Object.assign(new TypeError('no such file'), { code: 'ENOENT', handle: () => undefined });
  const arrived = carried(new ConfigurationError('storeDir', 'cannot be used', { cause: foreign }));
  expect(arrived.cause).toMatchObject({ name: 'TypeError', message: 'no such file', code: 'ENOENT' });
  expect(arrived.cause).not.toHaveProperty('handle');
  expect(carried('a text')).toMatchObject({ name: 'Error', message: 'a text' });
});
