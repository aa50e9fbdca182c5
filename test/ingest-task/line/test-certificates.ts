/** Certificates for tests: made when a test runs, so that no key is stored and none expires. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'

/** A certificate in PEM, and its private key in PEM. */
export interface Identity {
  readonly cert: string
  readonly key: string
}

export interface Authority {
  /** The certificate of the CA in PEM. */
  readonly cert: string
  /** Issues a certificate for hosts: `DNS` names, or IPv4 addresses. */
  issue(...hosts: readonly string[]): Identity
}

/** Tags of DER (X.690). */
const [BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OBJECT_ID, UTF8, TIME] = [1, 2, 3, 4, 6, 12, 24] as const
const [SEQUENCE, SET] = [0x30, 0x31] as const
/** Tags of a certificate's own (RFC 5280, 4.1 and 4.2.1.6). */
const [VERSION, EXTENSIONS, DNS_NAME, IP_ADDRESS] = [0xa0, 0xa3, 0x82, 0x87] as const

/** Object ids in their bytes. */
const ECDSA_WITH_SHA256 = '2a8648ce3d040302'
const COMMON_NAME = '550403'
const SUBJECT_ALT_NAME = '551d11'
const BASIC_CONSTRAINTS = '551d13'

const HOUR = 3_600_000

/** @param end when the certificates end, epoch ms. */
export function createAuthority(name = 'Test CA', end = Date.now() + HOUR): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const isAuthority = der(SEQUENCE, der(BOOLEAN, Buffer.from([0xff])))
  const extension = der(
    SEQUENCE,
    objectId(BASIC_CONSTRAINTS),
    der(BOOLEAN, Buffer.from([0xff])),
    der(OCTET_STRING, isAuthority),
  )
  return {
    cert: certificate({ subject: name, publicKey, extension, issuer: name, privateKey, end }),
    issue(...hosts) {
      const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const names = der(SEQUENCE, ...hosts.map(hostName))
      const alternatives = der(SEQUENCE, objectId(SUBJECT_ALT_NAME), der(OCTET_STRING, names))
      return {
        cert: certificate({
          subject: 'Test line',
          publicKey: keys.publicKey,
          extension: alternatives,
          issuer: name,
          privateKey,
          end,
        }),
        key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      }
    },
  }
}

interface Contents {
  readonly subject: string
  readonly publicKey: KeyObject
  readonly extension: Buffer
  readonly issuer: string
  /** The key of the issuer. */
  readonly privateKey: KeyObject
  readonly end: number
}

/** Returns a certificate in PEM, valid for two hours. */
function certificate({ subject, publicKey, extension, issuer, privateKey, end }: Contents): string {
  const algorithm = der(SEQUENCE, objectId(ECDSA_WITH_SHA256))
  const signed = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.from([2]))),
    // A positive number: the first bit is zero.
    der(INTEGER, Buffer.from([1]), randomBytes(8)),
    algorithm,
    commonName(issuer),
    der(SEQUENCE, time(end - 2 * HOUR), time(end)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXTENSIONS, der(SEQUENCE, extension)),
  )
  const signature = sign('sha256', signed, privateKey)
  const bytes = der(SEQUENCE, signed, algorithm, der(BIT_STRING, Buffer.from([0]), signature))
  return new X509Certificate(bytes).toString()
}

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function objectId(hex: string): Buffer {
  return der(OBJECT_ID, Buffer.from(hex, 'hex'))
}

function commonName(text: string): Buffer {
  return der(SEQUENCE, der(SET, der(SEQUENCE, objectId(COMMON_NAME), der(UTF8, Buffer.from(text)))))
}

/** Returns a time as YYYYMMDDhhmmssZ. */
function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().slice(0, 19).replaceAll(/\D/g, '')
  return der(TIME, Buffer.from(`${digits}Z`))
}

function hostName(host: string): Buffer {
  const isAddress = /^[0-9.]+$/.test(host)
  return isAddress
    ? der(IP_ADDRESS, Buffer.from(host.split('.').map(Number)))
    : der(DNS_NAME, Buffer.from(host))
}
