import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from '../../ingest-task/ingest-config.ts'
import { createAuthority } from './line/test-certificates.ts'

const GOOD = {
  LINE_NUMBER: '2',
  LINE_HOST: 'localhost',
  LINE_PORT: '7002',
  LINE_USER: 'reader',
  LINE_PASSWORD: 'open sesame',
  STREAM_NAME: 'ticks',
  LANES: '4',
  CONTROL_TABLE: 'control',
  HEALTH_FILE: '/health/until',
  MARKET_CLOCK: 'system',
}

test('a valid environment becomes a configuration', () => {
  const { clock, ...config } = readConfig(GOOD)
  assert.equal(clock.speed(), 1)
  assert.deepEqual(config, {
    line: 2,
    addresses: [
      { host: 'localhost', port: 7002 },
      { host: 'localhost', port: 7002 },
    ],
    user: 'reader',
    password: 'open sesame',
    streamName: 'ticks',
    lanes: 4,
    controlTable: 'control',
    healthFile: '/health/until',
  })
})

test('an empty host or port of B is the one of A', () => {
  const portsAndHosts = (changes: Record<string, string>) =>
    readConfig({ ...GOOD, ...changes }).addresses.map(({ host, port }) => `${host}:${port}`)
  assert.deepEqual(portsAndHosts({ LINE_HOST_B: '', LINE_PORT_B: '' }), ['localhost:7002', 'localhost:7002'])
  assert.deepEqual(portsAndHosts({ LINE_HOST_B: 'b' }), ['localhost:7002', 'b:7002'])
  assert.deepEqual(portsAndHosts({ LINE_PORT_B: '7102' }), ['localhost:7002', 'localhost:7102'])
  assert.throws(
    () => portsAndHosts({ LINE_PORT_B: '70000' }),
    /LINE_PORT_B: expected nothing or a port up to 65535, got "70000"/,
  )
})

test('TLS is for both connections, with the certificates of a private CA or without', () => {
  const tlsOf = (changes: Record<string, string>) =>
    readConfig({ ...GOOD, LINE_HOST_B: 'b', ...changes }).addresses.map(({ tls }) => tls)
  assert.deepEqual(tlsOf({ LINE_TLS: 'off', LINE_CA: '' }), [undefined, undefined])
  assert.deepEqual(tlsOf({ LINE_TLS: 'on', LINE_CA: '' }), [{}, {}])
  const [one, two] = [createAuthority().cert, createAuthority().cert]
  const both = { ca: [one, two] }
  for (const text of [one + two, `${one}\n ${two}`, `${one} ${two}`.replaceAll('\n', ' ')])
    assert.deepEqual(tlsOf({ LINE_TLS: 'on', LINE_CA: text }), [both, both])
})

test('TLS that cannot be meant is refused', () => {
  const { cert } = createAuthority()
  const broken = cert.replace(/^MII/m, 'AAA')
  for (const [changes, message] of [
    [{ LINE_TLS: 'yes' }, 'LINE_TLS: expected "off" or "on", got "yes"'],
    [
      { LINE_TLS: 'off', LINE_CA: cert },
      'LINE_CA: expected nothing while LINE_TLS is "off", got certificates',
    ],
    [
      { LINE_TLS: 'on', LINE_CA: 'ca.pem' },
      /^LINE_CA: expected nothing or certificates in PEM, got an error: /,
    ],
    [{ LINE_TLS: 'on', LINE_CA: `${cert}x` }, /got an error: there is other text$/],
    [
      { LINE_TLS: 'on', LINE_CA: broken },
      /^LINE_CA: expected nothing or certificates in PEM, got an error: /,
    ],
  ] as const) {
    assert.throws(() => readConfig({ ...GOOD, ...changes }), { name: 'SettingsError', message })
  }
})

test('an error names all problems at once, and never the password', () => {
  const { STREAM_NAME: _, ...rest } = GOOD
  const bad = { ...rest, LINE_NUMBER: '4', LINE_PASSWORD: '', LINE_PORT: '70000', MARKET_CLOCK: 'noon' }
  assert.throws(() => readConfig(bad), {
    name: 'SettingsError',
    message: [
      'LINE_NUMBER: expected a whole number from 1 to 3, got "4"',
      'LINE_PORT: expected a whole number from 1 to 65535, got "70000"',
      'LINE_PASSWORD: expected a value, got ""',
      'STREAM_NAME: expected a value, got none',
      'MARKET_CLOCK: market clock: expected "system" or real:market:speed with speed > 0, got "noon"',
    ].join('\n'),
  })
})
