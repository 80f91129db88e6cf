import fc from 'fast-check';
import { ProtocolError } from '../../../../lib/engine/common/errors.js';
import {
  decodeOffsetMessageId,
  encodeOffsetMessageId,
  UniqueIdGenerator,
} from '../../../../lib/engine/message/message-id.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';

describe('the offset message id', () => {
  test('is Apache’s', () => {
    const storeHost = { host: '127.0.0.1', port: 10911 };
    expect(encodeOffsetMessageId(storeHost, 0x1669dcc6)).toBe('7F00000100002A9F000000001669DCC6');
    expect(decodeOffsetMessageId('7F00000100002A9F000000001669DCC6')).toEqual({
      storeHost,
      physicalOffset: 0x1669dcc6,
    });
  });

  test('says where a message is, with either kind of address', () => {
    const storeHost = fc.record({ host: fc.constantFrom('10.1.2.3', 'fd00::2'), port: fc.nat(65_535) });
    fc.assert(
      fc.property(storeHost, fc.maxSafeNat(), (host, physicalOffset) => {
        const id = encodeOffsetMessageId(host, physicalOffset);
        expect(id).toHaveLength(host.host.includes(':') ? 56 : 32);
        expect(decodeOffsetMessageId(id)).toEqual({ storeHost: host, physicalOffset });
        expect(decodeOffsetMessageId(id.toLowerCase())).toEqual({ storeHost: host, physicalOffset });
      }),
    );
  });

  test.each(['', '7F', '7F00000100002A9F000000001669DCC', 'G'.repeat(32), '0'.repeat(33)])('%j is none', (id) => {
    expect(() => decodeOffsetMessageId(id)).toThrow(ProtocolError);
  });
});

describe('the unique id', () => {
  const random = { nextInt: () => 0xfffe, bytes: (length: number) => Buffer.alloc(length, 0xab) };
  const identity = { ip: Buffer.from([127, 0, 0, 1]), processId: 0x12345 };

  test('is made of address, process, a random word, the time in this month and a counter', async () => {
    const start = new Date(2026, 10, 21, 14, 0, 0).getTime();
    const clock = new VirtualClock(start);
    const ids = new UniqueIdGenerator(clock, random, identity);
    const sinceMonthBegan = (start - new Date(2026, 10, 1).getTime()).toString(16).toUpperCase().padStart(8, '0');
    expect(ids.next()).toBe(`7F0000012345ABABABAB${sinceMonthBegan}FFFF`);
    expect(ids.next()).toBe(`7F0000012345ABABABAB${sinceMonthBegan}0000`);
    await clock.advance(new Date(2026, 11, 1, 0, 0, 5).getTime() - start);
    expect(ids.next()).toBe('7F0000012345ABABABAB000013880001');
  });

  test('is unique among 65,536 of one millisecond', () => {
    const ids = new UniqueIdGenerator(new VirtualClock(), random, identity);
    const made = new Set(Array.from({ length: 65_536 }, () => ids.next()));
    expect(made.size).toBe(65_536);
  });

  test('has 56 characters with an IPv6 address', () => {
    const ids = new UniqueIdGenerator(new VirtualClock(), random, { ip: Buffer.alloc(16, 1), processId: 1 });
    expect(ids.next()).toMatch(/^(01){16}0001[0-9A-F]{20}$/);
  });
});
