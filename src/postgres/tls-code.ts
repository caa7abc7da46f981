/** What the runtime's codes for a failed check, a broken handshake and an unfit file mean, and what to do about it. */
const words: readonly (readonly [RegExp, string, string])[] = [
  [
    /^CERT_HAS_EXPIRED$/,
    "the server's certificate has expired",
    "Renew it there, or one of its authorities in sslrootcert.",
  ],
  [/^CERT_NOT_YET_VALID$/, "the server's certificate is not valid yet", "Are the clocks right?"],
  [/^CERT_REVOKED$/, "the server's certificate was revoked", "sslcrl lists it."],
  [/^CRL_HAS_EXPIRED$/, "the list of revoked certificates has expired", "Renew sslcrl."],
  [
    /^UNABLE_TO_GET_CRL/,
    "no list of revoked certificates is from the authority of the server's certificate",
    "Add it to sslcrl.",
  ],
  [
    /^(SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_VERIFY_LEAF|UNABLE_TO_GET_ISSUER|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE)/,
    "no authority in sslrootcert has signed the server's certificate",
    "Is it the right server? If so, set sslrootcert to the certificate of its authority.",
  ],
  [
    /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED|CERTIFICATE_REVOKED|UNSUPPORTED_CERTIFICATE|DECRYPT_ERROR)$/,
    "the server does not accept our certificate",
    "Its ssl_ca_file must hold the authority of sslcert, and sslcert must be valid.",
  ],
  [/ALERT_CERTIFICATE_REQUIRED$/, "the server wants a certificate of ours", "Set sslcert and sslkey."],
  [
    /ALERT_NO_APPLICATION_PROTOCOL$/,
    "the server does not speak PostgreSQL's protocol under TLS",
    "Is it a PostgreSQL server?",
  ],
  [
    /ALERT_HANDSHAKE_FAILURE$/,
    "the server and we have neither cipher nor kind of certificate in common",
    "A key of RSA-PSS is not known here; RSA, ECDSA and Ed25519 are.",
  ],
  [
    /(ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_SUPPORTED_VERSIONS_ENABLED)$/,
    "the server and we have no version of TLS in common",
    "See ssl_min_protocol_version and ssl_max_protocol_version here and there.",
  ],
  [
    /(WRONG_VERSION_NUMBER|HTTP_REQUEST|INVALID_ALERT|UNEXPECTED_MESSAGE)$/,
    "the answer is not TLS",
    "sslnegotiation=direct needs PostgreSQL 17 or newer.",
  ],
  [/KEY_(VALUES|TYPE)_MISMATCH$/, "sslkey is not the key of sslcert", "Set the two that belong together."],
];

/** A failure of TLS by the runtime's code for it, as message and hint; null for a code that is none of ours. */
export function tlsInWords(code: string): readonly [message: string, hint: string] | null {
  const found = words.find(([pattern]) => pattern.test(code));
  return found ? [found[1], found[2]] : null;
}
