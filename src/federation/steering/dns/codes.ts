/** Numbers of the DNS protocol that a steering server meets (IANA registry; RFC 1035, 6891, 7871, 8482). */

export const RecordType = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  OPT: 41,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const;

export const ResponseCode = {
  noError: 0,
  formError: 1,
  serverFailure: 2,
  noSuchName: 3,
  notImplemented: 4,
  refused: 5,
  badVersion: 16,
} as const;
export type ResponseCode = (typeof ResponseCode)[keyof typeof ResponseCode];

export const CLASS_INTERNET = 1;
export const CLASS_ANY = 255;
export const OPTION_CLIENT_SUBNET = 8;

export const HEADER_BYTES = 12;
/** Of a UDP message from a client that says nothing else. */
export const UDP_BYTES_PLAIN = 512;
/** What passes every path without fragments (DNS flag day 2020); also the most that is sent over UDP. */
export const UDP_BYTES_MAX = 1232;
export const NAME_BYTES_MAX = 255;
export const LABEL_BYTES_MAX = 63;
