import {
  defaultNameServerOptions,
  parseNameServerOption,
  resolveNameServerOptions,
} from '../../../../lib/engine/namesrv/name-server-options.js';

test('what is not given has its default', () => {
  expect(resolveNameServerOptions({ orderMessageEnable: true, waitSecondsForService: undefined })).toEqual({
    ...defaultNameServerOptions,
    orderMessageEnable: true,
  });
});

test.each([
  [
    { ordermessageEnable: true },
    'ordermessageEnable: a name server has no such option; did you mean orderMessageEnable?',
  ],
  [{ toString: true }, 'no such option'],
  [{ orderMessageEnable: 'yes' }, 'orderMessageEnable: must be true or false, but is "yes"'],
  [{ scanNotActiveBrokerInterval: 0 }, 'must be an integer from 1 to 2147483647, but is 0'],
  [{ scanNotActiveBrokerInterval: 1.5 }, 'must be an integer'],
])('%j is refused', (options, message) => {
  expect(() => resolveNameServerOptions(options as never)).toThrow(message);
});

test('texts of a properties file are read by kind', () => {
  expect(parseNameServerOption('waitSecondsForService', '60')).toEqual({ waitSecondsForService: 60 });
  expect(parseNameServerOption('enableTopicList', 'false')).toEqual({ enableTopicList: false });
  expect(() => parseNameServerOption('enableTopicList', '1')).toThrow('must be true or false');
  expect(() => parseNameServerOption('waitSecondsForService', '')).toThrow('must be an integer');
});
