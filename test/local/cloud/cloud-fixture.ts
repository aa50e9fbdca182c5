/** A running cloud for tests, whose functions do what the test tells them. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { type Cloud, type CloudOptions, startCloud } from '../../../local/cloud/cloud.ts'
import { type AssemblyFixture, writeAssembly } from './assembly-fixture.ts'

export interface Seen {
  readonly fn: string
  readonly event: never
  readonly env: Record<string, string>
  readonly requestId: string
}
export interface Answer {
  readonly result?: unknown
  readonly throws?: string
  readonly hang?: boolean
  readonly exit?: boolean
}

export interface Lab {
  readonly cloud: Cloud
  /** Every event that a function received, in order. */
  readonly seen: Seen[]
  readonly logged: string[]
  /** Returns what a function does with an event. Default: it returns nothing. */
  answer: (seen: Seen) => Answer
  /** The functions get no answer before it resolves. */
  hold: Promise<void>
  /** Returns the events of one function. */
  of<T>(fn: string): T[]
}

/** Boots a fixture and closes the cloud after the test. */
export async function boot(
  t: Pick<TestContext, 'after'>,
  fixture: AssemblyFixture,
  options: Partial<CloudOptions> = {},
): Promise<Lab> {
  const recorder = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      const seen = JSON.parse(Buffer.concat(chunks).toString()) as Seen
      lab.seen.push(seen)
      void lab.hold.then(() => response.end(JSON.stringify(lab.answer(seen))))
    })
  })
  await new Promise<void>(resolve => recorder.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    recorder.close()
    recorder.closeAllConnections()
  })
  const logged: string[] = []
  const cloud = await startCloud({
    assembly: writeAssembly(t, fixture),
    log: text => logged.push(text),
    ...options,
    parameters: {
      Recorder: `http://127.0.0.1:${(recorder.address() as AddressInfo).port}`,
      ...options.parameters,
    },
  })
  t.after(() => cloud.close())
  const lab: Lab = {
    cloud,
    seen: [],
    logged,
    answer: () => ({}),
    hold: Promise.resolve(),
    of: name => lab.seen.filter(seen => seen.fn === name).map(seen => seen.event),
  }
  return lab
}

/** Asserts that an SDK call fails with this error. */
export async function refused(call: Promise<unknown>, name: string, status: number): Promise<void> {
  await assert.rejects(call, (error: Error & { $metadata?: { httpStatusCode?: number } }) => {
    assert.equal(error.name, name, error.message)
    assert.equal(error.$metadata?.httpStatusCode, status)
    return true
  })
}

/** Returns the configuration of an SDK client: the admin of the cloud, or the principal of these variables. */
export function client(cloud: Cloud, env?: Readonly<Record<string, string>>) {
  const { accessKeyId, secretAccessKey } = cloud.credentials
  return {
    endpoint: cloud.endpointUrl,
    region: cloud.region,
    credentials: {
      accessKeyId: env?.AWS_ACCESS_KEY_ID ?? accessKeyId,
      secretAccessKey: env?.AWS_SECRET_ACCESS_KEY ?? secretAccessKey,
    },
    maxAttempts: 1,
  }
}
