import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { until } from '../../until.ts'
import { type Link, openLink } from './link.ts'

/** Opens a link to a server that echoes. */
async function openEcho(): Promise<AsyncDisposable & { readonly link: Link; client(): Promise<Client> }> {
  const server = createServer(socket => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const link = await openLink((server.address() as AddressInfo).port)
  return {
    link,
    async client() {
      const socket = connect(link.port, '127.0.0.1')
      const client: Client = { socket, text: '', hasEnded: false }
      socket.on('error', () => {})
      socket.on('close', () => {
        client.hasEnded = true
      })
      socket.on('data', bytes => {
        client.text += bytes.toString()
      })
      await once(socket, 'connect')
      return client
    },
    async [Symbol.asyncDispose]() {
      await link.close()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Client {
  readonly socket: Socket
  text: string
  hasEnded: boolean
}

test('a link passes everything on', async () => {
  await using echo = await openEcho()
  const client = await echo.client()
  client.socket.write('before')
  await until(() => client.text === 'before', 'the echo')
  client.socket.end()
  await until(() => client.hasEnded, 'the end of the connection')
})

test('what is sent while a link hangs arrives when it is healed', async () => {
  await using echo = await openEcho()
  const client = await echo.client()
  client.socket.write('before')
  await until(() => client.text === 'before', 'the echo')
  echo.link.cut('hang')
  client.socket.write(', meanwhile')
  const late = await echo.client()
  late.socket.write('late')
  // Nothing can pass now. Another echo server shows that a message would have come by now.
  await using other = await openEcho()
  const probe = await other.client()
  probe.socket.write('probe')
  await until(() => probe.text === 'probe', 'the echo of the other link')
  assert.deepEqual([client.text, late.text], ['before', ''])
  echo.link.heal()
  await until(() => client.text === 'before, meanwhile' && late.text === 'late', 'the rest')
})

test('a link that refuses ends its connections and takes no new ones', async () => {
  await using echo = await openEcho()
  const client = await echo.client()
  echo.link.cut('refuse')
  await until(() => client.hasEnded, 'the end of the connection')
  const refused = connect(echo.link.port, '127.0.0.1').on('error', () => {})
  await until(() => refused.destroyed, 'the end of the new connection')
  echo.link.heal()
  const next = await echo.client()
  next.socket.write('again')
  await until(() => next.text === 'again', 'the echo')
})

test('a link that resets ends each connection a little later', async () => {
  await using echo = await openEcho()
  echo.link.cut('reset')
  const client = await echo.client()
  client.socket.write('short')
  await until(() => client.text === 'short', 'the echo')
  await until(() => client.hasEnded, 'the end of the connection')
})
