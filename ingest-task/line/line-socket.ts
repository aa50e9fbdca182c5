/** Opens the socket of a line, plain TCP or TLS, and explains the errors of TLS. */
import { connect, isIP, type OnReadOpts, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls'
import type { Address } from '../ingest-config.ts'
import { LineError } from './frame.ts'

/** Older versions are deprecated (RFC 8996). */
const MIN_TLS_VERSION = 'TLSv1.2'

/** What came instead of TLS 1.2 or later, by code of the error. Other errors of OpenSSL have their own text. */
const VERSION_FAULTS: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: 'bytes that are not TLS',
  // The line refuses the versions that are offered, or chooses a version that is not offered.
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'an older version',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'an older version',
}

export interface SocketEvents {
  /** The line may be written to. With TLS, its certificate is verified. */
  ready(): void
  /** Comes at most once. */
  failed(reason: LineError): void
}

/** An error of a socket, with the members that Node adds for TLS. */
interface SocketError extends Error {
  readonly code?: string
  /** The text of OpenSSL alone. */
  readonly reason?: string
  /** The certificate that is for another host. */
  readonly cert?: PeerCertificate
}

/** @param onread where the bytes of the line go; with TLS, the decrypted ones. */
export function openSocket(address: Address, onread: OnReadOpts, events: SocketEvents): Socket {
  const { host, port, tls } = address
  if (tls === undefined) {
    const socket = connect({ host, port, noDelay: true, onread })
    socket.on('connect', () => events.ready())
    return socket.on('error', error => events.failed(socketFailure(error)))
  }
  // The types of Node lack `onread`, which tls.connect has since Node 12.
  const options: ConnectionOptions & { readonly onread: OnReadOpts } = {
    host,
    port,
    onread,
    minVersion: MIN_TLS_VERSION,
    rejectUnauthorized: true,
    // A server name is never an address (RFC 6066, 3). The certificate must be for the host in both cases.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(tls.ca === undefined ? {} : { ca: [...tls.ca] }),
  }
  const socket = connectTls(options)
  socket.setNoDelay(true)
  let stage: Stage = 'connecting'
  socket.on('connect', () => {
    stage = 'handshake'
  })
  socket.on('secureConnect', () => {
    stage = 'secure'
    events.ready()
  })
  return socket.on('error', error => events.failed(tlsFailure(error, stage, address, socket)))
}

type Stage = 'connecting' | 'handshake' | 'secure'

function socketFailure(error: Error): LineError {
  return new LineError('socket', error.message, { cause: error })
}

function tlsFailure(error: SocketError, stage: Stage, address: Address, socket: TLSSocket): LineError {
  const fault = faultOf(error, stage, address, socket)
  if (fault === undefined) return socketFailure(error)
  return new LineError('tls', `TLS with ${address.host}:${address.port}: ${fault}`, { cause: error })
}

/** Returns what was expected and what came; undefined if the error has nothing to do with TLS. */
function faultOf(
  { code = '', message, reason, cert }: SocketError,
  stage: Stage,
  { host, tls }: Address,
  socket: TLSSocket,
): string | undefined {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `expected a certificate for ${host}, got one for ${cert?.subjectaltname ?? 'no host'}`
  }
  // Node sets this member if the certificate is not accepted.
  if (socket.authorizationError) {
    const issuer = tls?.ca === undefined ? 'a public CA' : 'a CA in LINE_CA'
    // Node adds advice after a semicolon.
    return `expected a valid certificate of ${issuer}, got an error: ${message.split(';')[0]}`
  }
  if (code.startsWith('ERR_SSL_')) {
    return `expected TLS 1.2 or later, got ${VERSION_FAULTS[code] ?? `an error: ${reason ?? code}`}`
  }
  return stage === 'handshake' ? 'expected a handshake, got the end of the connection' : undefined
}
