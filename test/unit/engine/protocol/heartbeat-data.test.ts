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
