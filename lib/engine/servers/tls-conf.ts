import { ConfigurationError } from '../common/errors.js';
import { unknownSetting } from '../common/settings.js';
import type { ClientTls, ServerTls } from '../ports/network.js';
import { apacheSettings } from './apache-settings.js';
import type { GivenSetting } from './server-conf.js';

/** What a tls.properties says. */
export interface TlsConf {
  /** How a server's port speaks; undefined: plain only. */
  readonly server?: ServerTls;
  /** How connections to servers speak; undefined: plain. */
  readonly client?: ClientTls;
}

type Setting = (typeof apacheSettings.tlsSystemConfig)[number];

/**
 * Sorts the lines of RocketMQ's tls.properties; those that Apache takes as system properties
 * (tls.enable, tls.server.mode) may stand there as well.
 * @param read gives the text of a PEM file
 * @throws ConfigurationError an unknown name, a missing certificate, or what is not done here
 * Source: Apache 5.3 TlsHelper, TlsSystemConfig.
 */
export async function tlsConf(
  given: readonly GivenSetting[],
  read: (path: string) => Promise<string>,
): Promise<TlsConf> {
  for (const { name } of given) {
    if (!apacheSettings.tlsSystemConfig.includes(name)) {
      throw unknownSetting('TLS', name, apacheSettings.tlsSystemConfig);
    }
  }
  const values = new Map(given.map(({ name, value }) => [name, value]));
  const text = (name: Setting): string => values.get(name) ?? '';
  const isOn = (name: Setting): boolean => text(name).toLowerCase() === 'true';
  const file = async (name: Setting): Promise<string | undefined> => (text(name) === '' ? undefined : read(text(name)));
  refuseWhatIsNotDone(text, isOn);
  const mode = text('tls.server.mode') || 'permissive';
  const [key, cert] = [await file('tls.server.keyPath'), await file('tls.server.certPath')];
  if ((key === undefined) !== (cert === undefined)) {
    throw new ConfigurationError('tls.server.keyPath', 'goes with tls.server.certPath; name both files');
  }
  if (mode === 'enforcing' && (key === undefined || cert === undefined)) {
    throw new ConfigurationError('tls.server.mode', 'enforcing needs tls.server.keyPath and tls.server.certPath');
  }
  const server = mode !== 'disabled' &&
    key !== undefined &&
    cert !== undefined && {
      key,
      cert,
      plainAllowed: mode === 'permissive',
      ca: await file('tls.server.trustCertPath'),
      clientCertRequired: isOn('tls.server.authClient') && text('tls.server.need.client.auth') === 'require',
    };
  const client = isOn('tls.enable') && {
    trustAll: !isOn('tls.client.authServer'),
    ca: await file('tls.client.trustCertPath'),
    key: await file('tls.client.keyPath'),
    cert: await file('tls.client.certPath'),
  };
  return { ...(server && { server }), ...(client && { client }) };
}

function refuseWhatIsNotDone(text: (name: Setting) => string, isOn: (name: Setting) => boolean): void {
  const mode = text('tls.server.mode');
  if (!['', 'disabled', 'permissive', 'enforcing'].includes(mode)) {
    throw new ConfigurationError('tls.server.mode', `must be disabled, permissive or enforcing, but is '${mode}'`);
  }
  if (isOn('tls.test.mode.enable')) {
    throw new ConfigurationError(
      'tls.test.mode.enable',
      'no certificate is made here; set it to false, and name tls.server.keyPath and tls.server.certPath',
    );
  }
  for (const name of ['tls.server.keyPassword', 'tls.client.keyPassword'] as const) {
    if (text(name) !== '')
      throw new ConfigurationError(name, 'keys are read as they are; name a key without a password');
  }
  if (text('tls.server.need.client.auth') === 'require' && !isOn('tls.server.authClient')) {
    throw new ConfigurationError(
      'tls.server.need.client.auth',
      "'require' would let any certificate in; set tls.server.authClient to true, too",
    );
  }
}
