/** Small cloud assemblies for tests, whose functions do what the test tells them. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Cloud, type CloudOptions, startCloud } from '../../../local/cloud/cloud.ts'
import { systemClock } from '../../../market/clock.ts'

export type Resources = Record<string, { Type: string; Condition?: string; Properties?: object }>

export interface Fixture {
  readonly resources: Resources
  readonly parameters?: Record<string, { Type: string; Default?: string; AllowedPattern?: string }>
  readonly conditions?: Record<string, object>
  readonly outputs?: Record<string, { Value: unknown }>
  /** Module of every function. Default: a probe that asks the test what to do. */
  readonly code?: string
  /** Container program and Dockerfile. */
  readonly image?: { readonly program: string; readonly dockerfile: string }
}

export const ref = (logicalId: string) => ({ Ref: logicalId })
export const att = (logicalId: string, attribute: string) => ({ 'Fn::GetAtt': [logicalId, attribute] })
export const IMAGE_TAG = 'imagehash'
export const IMAGE = {
  'Fn::Sub': `\${AWS::AccountId}.dkr.ecr.\${AWS::Region}.\${AWS::URLSuffix}/assets:${IMAGE_TAG}`,
}

/** Asks the test what to do with every event. */
const PROBE = `
export async function handler(event, context) {
  const response = await fetch(process.env.RECORDER, {
    method: 'POST',
    body: JSON.stringify({ fn: process.env.NAME, event, env: process.env, requestId: context.awsRequestId }),
  })
  const { throws, result, hang, exit } = await response.json()
  if (hang) await new Promise(resolve => setTimeout(resolve, 60_000))
  if (exit) process.exit(3)
  if (throws) throw new TypeError(throws)
  return result
}
`

/** A role, with statements of one policy that is attached to it. */
export function role(id: string, statements: readonly object[]): Resources {
  return {
    [id]: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } },
    [`${id}Policy`]: {
      Type: 'AWS::IAM::Policy',
      Properties: { PolicyName: id, Roles: [ref(id)], PolicyDocument: { Statement: statements } },
    },
  }
}

/** A function with a role of its own. It asks the recorder by its logical id. */
export function fn(id: string, statements: readonly object[] = [], properties: object = {}): Resources {
  return {
    ...role(`${id}Role`, statements),
    [id]: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: { S3Bucket: 'assets', S3Key: 'probe.zip' },
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        Role: att(`${id}Role`, 'Arn'),
        Environment: { Variables: { RECORDER: ref('Recorder'), NAME: id } },
        ...properties,
      },
    },
  }
}

/** What a mapping's function needs to read a stream. */
export const readStream = (stream: string) => ({
  Effect: 'Allow',
  Action: [
    'kinesis:DescribeStreamSummary',
    'kinesis:GetRecords',
    'kinesis:GetShardIterator',
    'kinesis:ListShards',
  ],
  Resource: att(stream, 'Arn'),
})

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
  /** Every event that a function got, in order. */
  readonly seen: Seen[]
  readonly logged: string[]
  /** What a function does with an event; without it, it returns nothing. */
  answer: (seen: Seen) => Answer
  /** Events of one function. */
  of<T>(fn: string): T[]
}

/** Boots a fixture and ends it with the test. */
export async function boot(
  t: TestContext,
  fixture: Fixture,
  options: Partial<CloudOptions> = {},
): Promise<Lab> {
  const recorder = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      const seen = JSON.parse(Buffer.concat(chunks).toString()) as Seen
      lab.seen.push(seen)
      response.end(JSON.stringify(lab.answer(seen)))
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
    clock: systemClock,
    ports: { http: 0, websocket: 0 },
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
    of: name => lab.seen.filter(seen => seen.fn === name).map(seen => seen.event),
  }
  return lab
}

/** Writes the fixture as `cdk synth` would. */
export function writeAssembly(t: TestContext, fixture: Fixture): string {
  const folder = mkdtempSync(join(tmpdir(), 'itastream-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const write = (name: string, value: unknown): void =>
    writeFileSync(join(folder, name), JSON.stringify(value))
  mkdirSync(join(folder, 'asset.probe'))
  writeFileSync(join(folder, 'asset.probe', 'index.mjs'), fixture.code ?? PROBE)
  if (fixture.image !== undefined) {
    mkdirSync(join(folder, 'asset.image'))
    writeFileSync(join(folder, 'asset.image', 'main.mjs'), fixture.image.program)
    writeFileSync(join(folder, 'asset.image', 'Dockerfile'), fixture.image.dockerfile)
  }
  write('manifest.json', {
    artifacts: {
      Lab: { type: 'aws:cloudformation:stack', properties: { templateFile: 'Lab.template.json' } },
      'Lab.assets': { type: 'cdk:asset-manifest', properties: { file: 'Lab.assets.json' } },
    },
  })
  write('Lab.template.json', {
    Parameters: { Recorder: { Type: 'String', Default: '' }, ...fixture.parameters },
    Conditions: fixture.conditions,
    Resources: fixture.resources,
    Outputs: fixture.outputs,
  })
  write('Lab.assets.json', {
    files: {
      probe: { source: { path: 'asset.probe' }, destinations: { here: { objectKey: 'probe.zip' } } },
    },
    dockerImages: {
      image: { source: { directory: 'asset.image' }, destinations: { here: { imageTag: IMAGE_TAG } } },
    },
  })
  return folder
}

/** Waits until `condition` holds, looking every few milliseconds; a test that waits for ever is ended by its runner. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 5))
}

/** Checks that an SDK call is answered with this error. */
export async function refused(call: Promise<unknown>, name: string, status: number): Promise<void> {
  await assert.rejects(call, (error: Error & { $metadata?: { httpStatusCode?: number } }) => {
    assert.equal(error.name, name, error.message)
    assert.equal(error.$metadata?.httpStatusCode, status)
    return true
  })
}

/** Configuration of an SDK client as the cloud's admin, or as the principal of these variables. */
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
