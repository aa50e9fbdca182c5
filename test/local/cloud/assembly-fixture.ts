/** Small cloud assemblies for tests: resources of a template, and the files that `cdk synth` would write. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

export type Resources = Record<string, { Type: string; Condition?: string; Properties?: object }>

export interface AssemblyFixture {
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
const IMAGE_TAG = 'imagehash'
export const IMAGE = {
  'Fn::Sub': `\${AWS::AccountId}.dkr.ecr.\${AWS::Region}.\${AWS::URLSuffix}/assets:${IMAGE_TAG}`,
}

/** Code of the functions: sends every event to the test and does what the test answers. */
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

/** Returns a role with one policy of these statements. */
export function role(id: string, statements: readonly object[]): Resources {
  return {
    [id]: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } },
    [`${id}Policy`]: {
      Type: 'AWS::IAM::Policy',
      Properties: { PolicyName: id, Roles: [ref(id)], PolicyDocument: { Statement: statements } },
    },
  }
}

/** Returns a function with a role of its own. The function reports to the recorder by its logical id. */
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

/** Returns a version of a function, and the alias `live` of the version: `<id>Version` and `<id>Live`. */
export function aliasOf(id: string): Resources {
  return {
    [`${id}Version`]: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: ref(id) } },
    [`${id}Live`]: {
      Type: 'AWS::Lambda::Alias',
      Properties: { FunctionName: ref(id), FunctionVersion: att(`${id}Version`, 'Version'), Name: 'live' },
    },
  }
}

/** Returns the statement that a mapping's function needs to read a stream. */
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

/** Sends the batches that a mapping gives up to the bucket. */
export const ON_FAILURE = { DestinationConfig: { OnFailure: { Destination: att('bucket', 'Arn') } } }

export const streamOf = (shards: number) => ({
  Type: 'AWS::Kinesis::Stream',
  Properties: { ShardCount: shards },
})

/** Returns a stream whose records go to the function `reader`. The function may write to a bucket. */
export function readerOf(mapping: object, shards = 1): Resources {
  return {
    stream: streamOf(shards),
    bucket: { Type: 'AWS::S3::Bucket' },
    ...fn('reader', [
      readStream('stream'),
      {
        Effect: 'Allow',
        Action: 's3:PutObject',
        Resource: { 'Fn::Join': ['', [att('bucket', 'Arn'), '/*']] },
      },
    ]),
    mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: ref('reader'),
        EventSourceArn: att('stream', 'Arn'),
        StartingPosition: 'TRIM_HORIZON',
        ...mapping,
      },
    },
  }
}

/** Writes an assembly as `cdk synth` would, and removes it after the test. Returns its folder. */
export function writeAssembly(t: Pick<TestContext, 'after'>, fixture: AssemblyFixture): string {
  const folder = mkdtempSync(join(tmpdir(), 'local-cloud-test-'))
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
