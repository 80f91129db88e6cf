// Prints what an installation of this package consists of, as a CycloneDX 1.5 bill of materials.
import { Buffer } from 'node:buffer';
import { existsSync, readFileSync } from 'node:fs';

/** @typedef {{ version: string, dev?: boolean, optional?: boolean, peer?: boolean, resolved?: string, integrity?: string }} Locked */

const ours = JSON.parse(readFileSync('package.json', 'utf8'));
/** @type {{ packages: Record<string, Locked> }} */
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));

const components = Object.entries(packages)
  .filter(([path, { dev }]) => path !== '' && !dev)
  .map(([path, locked]) =>
    component(path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length), path, locked),
  )
  .sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1));

const bom = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: {
    component: { type: 'library', name: ours.name, version: ours.version, purl: purl(ours.name, ours.version) },
  },
  components,
};
console.log(JSON.stringify(bom, null, 2));

/** @param {string} name @param {string} path @param {Locked} locked */
function component(name, path, { version, optional, peer, integrity }) {
  const manifest = `${path}/package.json`;
  const license = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).license : undefined;
  return {
    type: 'library',
    'bom-ref': purl(name, version),
    name,
    version,
    purl: purl(name, version),
    scope: optional || peer ? 'optional' : 'required',
    ...(typeof license === 'string' && { licenses: [{ license: { id: license } }] }),
    ...(integrity?.startsWith('sha512-') && {
      hashes: [{ alg: 'SHA-512', content: Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex') }],
    }),
  };
}

/** @param {string} name @param {string} version */
function purl(name, version) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}
