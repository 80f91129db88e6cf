import { ProtocolError } from '../../../../lib/engine/common/errors.js';
import { decodeHeartbeatData } from '../../../../lib/engine/protocol/bodies/heartbeat-data.js';

test('the heartbeat of Apache’s Go client, which writes the codes of its tags as text', () => {
  const body = {
    clientID: '10.0.0.1@c1',
    producerDataSet: [],
    consumerDataSet: [
      {
        groupName: 'g',
        consumeType: 'CONSUME_PASSIVELY',
        messageModel: 'CLUSTERING',
        consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
        subscriptionDataSet: [
          {
            ClassFilterMode: false,
            topic: 't',
            subString: 'TagA || TagB',
            tagsSet: ['TagA', 'TagB'],
            codeSet: ['2598919', '2598920'],
            subVersion: 1795257423368000000,
            expressionType: 'TAG',
          },
        ],
        unitMode: false,
      },
    ],
    isWithoutSub: false,
    heartbeatFingerprint: 0,
  };
  const { clientID, consumerDataSet } = decodeHeartbeatData(Buffer.from(JSON.stringify(body)));
  expect(clientID).toBe('10.0.0.1@c1');
  expect(consumerDataSet[0].subscriptionDataSet).toEqual([
    {
      classFilterMode: false,
      topic: 't',
      subString: 'TagA || TagB',
      tagsSet: ['TagA', 'TagB'],
      codeSet: [2598919, 2598920],
      subVersion: expect.any(Number) as number,
      expressionType: 'TAG',
    },
  ]);
});

describe('the heartbeat of Apache’s C++ client, which writes constants as numbers', () => {
  const heartbeat = (consumeType: number): Buffer => {
    const subscription = { classFilterMode: false, codeSet: [2598919], subString: 'TagA', subVersion: '1795257423368' };
    const consumer = {
      consumeFromWhere: 4,
      consumeType,
      groupName: 'g',
      messageModel: 1,
      subscriptionDataSet: [{ ...subscription, tagsSet: ['TagA'], topic: 't' }],
      unitMode: false,
    };
    return Buffer.from(JSON.stringify({ clientID: 'c', consumerDataSet: [consumer], producerDataSet: [] }));
  };

  test('is read', () => {
    expect(decodeHeartbeatData(heartbeat(1)).consumerDataSet[0]).toMatchObject({
      consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
      consumeType: 'CONSUME_PASSIVELY',
      messageModel: 'CLUSTERING',
      subscriptionDataSet: [{ subVersion: 1795257423368, expressionType: 'TAG' }],
    });
  });

  test('is refused with a number that stands for nothing', () => {
    for (const number of [-1, 3, 0.5]) {
      expect(() => decodeHeartbeatData(heartbeat(number))).toThrow(
        new ProtocolError(`consumeType has no constant ${number}`),
      );
    }
  });
});
