import { resolveBrokerOptions, type BrokerOptions } from '../../../../lib/engine/broker/broker-options.js';
import { parseDelayLevels } from '../../../../lib/engine/broker/delay-levels.js';
import { ConfigurationError } from '../../../../lib/engine/common/errors.js';

it('fills in what is left out', () => {
  const options = resolveBrokerOptions({ brokerName: 'b', listenPort: undefined });
  expect(options).toMatchObject({ brokerName: 'b', listenPort: 10911, transactionCheckMax: 15 });
  expect(Object.isFrozen(options)).toBe(true);
});

it.each([
  [{ brokerNmae: 'x' }, 'brokerNmae', 'did you mean brokerName?'],
  [{ autoCreateTopic: true }, 'autoCreateTopic', 'did you mean autoCreateTopicEnable?'],
  [{ colour: 'blue' }, 'colour', 'a broker has no such option'],
  [{ listenPort: '10911' }, 'listenPort', 'must be an integer from 0 to 65535, but is "10911"'],
  [{ listenPort: 70_000 }, 'listenPort', 'must be an integer from 0 to 65535, but is 70000'],
  [{ maxMessageSize: 1.5 }, 'maxMessageSize', 'must be an integer'],
  [{ brokerName: '' }, 'brokerName', 'must not be empty'],
  [{ messageDelayLevel: '1s 5x' }, 'messageDelayLevel', "'5x' is no delay"],
])('refuses %j, naming the option and the remedy', (given, field, message) => {
  const resolve = () => resolveBrokerOptions(given as Partial<BrokerOptions>);
  expect(resolve).toThrow(ConfigurationError);
  expect(resolve).toThrow(message);
  expect(resolve).toThrow(expect.objectContaining({ field }) as Error);
});

it('reads delay levels in all units', () => {
  expect(parseDelayLevels('1s 2m  3h 1d')).toEqual([1000, 120_000, 10_800_000, 86_400_000]);
});
