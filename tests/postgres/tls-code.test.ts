import { expect, test } from "bun:test";
import { toNodeError } from "../../src/postgres/sqlstate.ts";

const failure = (code: string) =>
  Object.assign(new Error("error:1000:SSL routines:OPENSSL_internal"), { code });

test.each([
  ["CERT_HAS_EXPIRED", "the server's certificate has expired"],
  ["CERT_NOT_YET_VALID", "the server's certificate is not valid yet"],
  ["CERT_REVOKED", "the server's certificate was revoked"],
  ["CRL_HAS_EXPIRED", "the list of revoked certificates has expired"],
  ["UNABLE_TO_GET_CRL", "no list of revoked certificates is from the authority of the server's certificate"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "no authority in sslrootcert has signed the server's certificate"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "no authority in sslrootcert has signed the server's certificate"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "no authority in sslrootcert has signed the server's certificate"],
  ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "the server does not accept our certificate"],
  ["ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED", "the server does not accept our certificate"],
  ["ERR_SSL_TLSV1_ALERT_CERTIFICATE_REQUIRED", "the server wants a certificate of ours"],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "the server and we have no version of TLS in common"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "the answer is not TLS"],
  ["ERR_OSSL_X509_KEY_VALUES_MISMATCH", "sslkey is not the key of sslcert"],
  ["ERR_OSSL_X509_KEY_TYPE_MISMATCH", "sslkey is not the key of sslcert"],
])("%s is said in words", (code, message) => {
  expect(toNodeError(failure(code))).toMatchObject({ kind: "tls", message, hint: expect.any(String) });
});

test("what nobody knows is said as it came", () => {
  const unknown = toNodeError(failure("ERR_SSL_SOMETHING_NEW"));
  expect(unknown).toMatchObject({ kind: "tls", message: "error:1000:SSL routines:OPENSSL_internal" });
});
