import {
  asksForCertificates,
  isAccessControlled,
  isLoopback,
  type RunningBroker,
  type AccessOptions,
  type RunningServer,
  type ServerTls,
} from '../../engine/index.js';
import { renderFields } from '../output/table.js';

/** A server that has started, and what was done about its settings. */
export interface StartedNameServer {
  readonly server: Pick<RunningServer, 'address' | 'boundAddress'>;
  readonly tls?: ServerTls;
  readonly access: Partial<AccessOptions>;
  readonly withoutEffect: readonly string[];
}

export interface StartedBroker {
  readonly server: Pick<RunningBroker, 'address' | 'boundAddress' | 'settings'>;
  readonly nameServers: readonly string[];
  readonly tls?: ServerTls;
  readonly access: Partial<AccessOptions>;
  readonly withoutEffect: readonly string[];
  /** Absolute. */
  readonly storeDirectory: string;
}

export interface StartReport {
  readonly headline: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The same for programs. */
  readonly data: object;
}

const MIB = 1024 * 1024;

const flushMeans = {
  ASYNC_FLUSH: 'a send is answered when the operating system has it: safe from a killed process, not from a power cut',
  SYNC_FLUSH: 'a send is answered when it is on the disk: safe from a power cut',
};

export function nameServerReport({ server, tls, access, withoutEffect }: StartedNameServer): StartReport {
  return {
    headline: `The name server has started at ${server.address}`,
    fields: [['open to', whoGetsIn(server.boundAddress, tls, access)], ...ignored(withoutEffect)],
    data: { event: 'started', server: 'namesrv', address: server.address, boundAddress: server.boundAddress },
  };
}

export function brokerReport({
  server,
  nameServers,
  tls,
  access,
  withoutEffect,
  storeDirectory,
}: StartedBroker): StartReport {
  const { settings, address, boundAddress } = server;
  const { brokerName, brokerClusterName, brokerId, flushDiskType } = settings;
  return {
    headline: `The broker has started at ${address}`,
    fields: [
      ['broker', `${brokerName} of ${brokerClusterName}, id ${brokerId}, role ASYNC_MASTER (no replication)`],
      ['registered at', nameServers.join('; ')],
      ['store', storeDirectory],
      ['flush', `${flushDiskType}: ${flushMeans[flushDiskType]}`],
      ['open to', whoGetsIn(boundAddress, tls, access)],
      ['limits', limits(settings)],
      ...unreachable(address, boundAddress),
      ...ignored(withoutEffect),
    ],
    data: {
      event: 'started',
      server: 'broker',
      address,
      boundAddress,
      nameServers,
      brokerName,
      brokerClusterName,
      brokerId,
      storeDirectory,
      flushDiskType,
      withoutEffect,
    },
  };
}

/** As people read it: the headline, then a fact a line. */
export function reportText({ headline, fields }: StartReport): string {
  const facts = renderFields(fields).split('\n');
  return [headline, ...facts.map((fact) => `  ${fact}`)].join('\n');
}

function whoGetsIn(boundAddress: string, tls: ServerTls | undefined, access: Partial<AccessOptions>): string {
  const host = hostOf(boundAddress);
  const who = isLoopback(host) ? 'this machine only' : `EVERY MACHINE that reaches ${boundAddress}`;
  const asked = isAccessControlled(access) ? 'by signed requests' : 'without access control';
  if (!tls) return `${who}, ${asked}${isAccessControlled(access) ? ' without' : ' or'} encryption`;
  const how = tls.plainAllowed ? 'with TLS or plain' : 'with TLS';
  return `${who}, ${how}, ${asksForCertificates(tls) ? 'with a certificate that is trusted' : asked}`;
}

function limits(settings: StartedBroker['server']['settings']): string {
  const { maxMessageSize, fileReservedTime, diskSpaceWarningLevelRatio } = settings;
  return (
    `messages of ${Math.floor((maxMessageSize / MIB) * 10) / 10} MiB, kept ${fileReservedTime} h; ` +
    `none is taken while the disk is over ${diskSpaceWarningLevelRatio} % full`
  );
}

function unreachable(address: string, boundAddress: string): StartReport['fields'] {
  if (!isLoopback(hostOf(boundAddress)) || isLoopback(hostOf(address))) return [];
  return [['warning', `clients are sent to ${address} (brokerIP1), but only this machine reaches ${boundAddress}`]];
}

function ignored(withoutEffect: readonly string[]): StartReport['fields'] {
  return withoutEffect.length === 0 ? [] : [['without effect', [...withoutEffect].sort().join(', ')]];
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
}
