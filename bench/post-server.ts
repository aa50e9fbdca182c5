/**
 * The server of the posts, in a process of its own. It answers every post as @connections does, counts the posts of each
 * side, and compares the signature of every twentieth post with that of the SDK's signer.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CREDENTIALS, type PostCounts, REGION, type Side } from './post-sides.ts'
import { sdkHeaders } from './sdk-signature.ts'

/** One of so many posts of a side is checked. */
const SAMPLE = 20
/** Longer than a run (ms). */
const KEEP_ALIVE_MS = 600_000
/** Headers that the signer adds. */
const ADDED = ['x-amz-date', 'x-amz-content-sha256', 'x-amz-security-token', 'authorization']

const counts = new Map<Side, { posts: number; checked: number }>()
const faults: string[] = []
const checks = new Set<Promise<void>>()

const server = createServer((request, response) => {
  // The side is the stage of the path: /sdk/@connections/…
  const side = request.url!.split('/')[1] as Side
  const count = counts.get(side) ?? { posts: 0, checked: 0 }
  counts.set(side, count)
  count.posts++
  const isChecked = side !== 'bare' && count.posts % SAMPLE === 0
  const chunks: Buffer[] = []
  if (isChecked) request.on('data', chunk => chunks.push(chunk))
  else request.resume()
  request.on('end', () => {
    response.writeHead(200).end()
    if (!isChecked) return
    count.checked++
    const check = checkSignature(request, Buffer.concat(chunks)).finally(() => checks.delete(check))
    checks.add(check)
  })
})
// Connections stay open while the other sides have their turn.
server.keepAliveTimeout = KEEP_ALIVE_MS
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))

// Any message asks for the counts.
process.on('message', async () => {
  await Promise.all(checks)
  const answer: PostCounts = { counts: Object.fromEntries(counts), faults }
  process.send?.(answer)
})
process.on('disconnect', () => process.exit())

async function checkSignature({ url, headers }: IncomingMessage, body: Buffer): Promise<void> {
  const authorization = headers.authorization ?? ''
  const names = /SignedHeaders=([^,]*)/.exec(authorization)?.[1]?.split(';') ?? []
  const signed = Object.fromEntries(
    names.filter(name => !ADDED.includes(name)).map(name => [name, String(headers[name])]),
  )
  const [, year, month, day, hour, minute, second] =
    /^(....)(..)(..)T(..)(..)(..)Z$/.exec(String(headers['x-amz-date'])) ?? []
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  const post = { host: headers.host!, path: url!, headers: signed, body }
  const expected = await sdkHeaders(post, { region: REGION, credentials: CREDENTIALS, time })
  if (expected.authorization !== authorization)
    faults.push(`${url}: expected ${expected.authorization}, got ${authorization}`)
}
