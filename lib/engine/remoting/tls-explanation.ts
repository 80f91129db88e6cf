/** By Node's and OpenSSL's codes: what a failed handshake means for whoever set it up. */
const explanations: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself; give it as ca, or have it signed by an authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that is not known here; give that as ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is signed by an authority that is not known here; give that as ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an authority that is not known here; give that as ca',
  CERT_HAS_EXPIRED: 'its certificate has expired; renew it',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; look at the clocks of both machines',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another name; connect by one that it has, or renew it with this one',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it speaks no TLS on this port; leave tls out, or switch TLS on there',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it wants a certificate of its clients; give key and cert',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE:
    'it wants a certificate of its clients, or another version of TLS; give key and cert',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA:
    'it does not know the authority that signed our certificate; have it signed by one of its own',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'it showed no certificate, and this port wants one',
  ERR_SSL_HTTP_REQUEST: 'it spoke HTTP',
  ECONNRESET: 'it closed the connection in the middle; perhaps it speaks no TLS there, or has gone away',
};

/** What was the matter with a TLS connection, with the remedy where one is known. */
export function explainTls(error: Error & { code?: string }): string {
  const explanation = explanations[error.code ?? ''];
  return explanation === undefined ? error.message : `${explanation} (${error.code}: ${error.message})`;
}
