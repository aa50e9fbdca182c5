/** The system that a command looks at: one on this machine, or a stack on AWS. After this file both are the same. */
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { S3Client } from '@aws-sdk/client-s3'
import type { OidcConfig } from '../../client/page/page-config.ts'
import { REALTIME_SCOPE } from '../../contract/user-pool.ts'
import type { Bucket } from '../../functions/close-of-day/archive-objects.ts'
import { keepAliveHandler } from '../../lambda/keep-alive.ts'
import { type Clock, parseClock, systemClock } from '../../market/clock.ts'
import { createDynamoDB, type Table } from '../../tables/dynamodb.ts'
import { stackOutputs } from '../stack-outputs.ts'
import { UsageError } from '../tool-arguments.ts'
import type { ControlTable } from './line-tasks.ts'
import { type LocalSystem, readSystem, runningSystems } from './local-systems.ts'
import type { Where } from './where.ts'

/** market-hours and store-ticks have two minutes (cdk/market-hours.ts, cdk/sizing.ts). */
const INVOKE_LIMIT_MS = 125_000
/** A part of the archive of the busiest day has some 70 MB (ms). */
const OBJECT_LIMIT_MS = 60_000

/** A system answered with an error, or not at all. The message is shown without a stack. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

export interface Target {
  /** For people: `process 4711 on this machine`, `stack Itastream`. */
  readonly name: string
  /** The market clock of the system. */
  readonly clock: Clock
  /** The table `control`. */
  readonly control: ControlTable
  /** Returns another table by its output. @throws UnreachableError if the stack is of an older release. */
  table(
    output: 'UsersTable' | 'ConnectionsTable' | 'BoardsTable' | 'TicksTable',
  ): Pick<Table, 'client' | 'table'>
  /** Returns a bucket by its output. @throws UnreachableError if the stack is of an older release. */
  bucket(output: 'FailedBatches' | 'ArchiveBucket'): Bucket
  /** ARN of store-ticks, with its alias. @throws UnreachableError if the stack is of an older release. */
  storeTicks(): string
  /** Invokes store-ticks. @throws UnreachableError if it fails. */
  invokeStoreTicks(event: object): Promise<unknown>
  /** Posts a last message to a connection, and closes it. Returns false if it was closed before. */
  closeConnection(connection: string, lastMessage: string): Promise<boolean>
  /** Invokes market-hours. @throws UnreachableError if it fails. */
  invokeMarketHours(event: object): Promise<unknown>
  /** Where users sign in. @throws UnreachableError if the stack is of an older release. */
  signIn(): OidcConfig
  /** Closes the connections, so that the process can end. */
  close(): void
}

/** Finds a system. @throws UsageError, UnreachableError */
export async function findTarget(where: Where, folder?: string): Promise<Target> {
  if (where === 'newest') return localTarget(newestSystem(folder))
  return 'system' in where ? localTarget(readSystem(where.system)) : stackTarget(where.stack)
}

function newestSystem(folder: string | undefined): LocalSystem {
  const [newest] = runningSystems(folder)
  if (newest !== undefined) return newest
  throw new UsageError(
    'no system runs on this machine; start one with npm start, or name a stack on AWS with --stack',
  )
}

function localTarget({ pid, clock, endpoint, region, credentials, outputs }: LocalSystem): Target {
  const name = `process ${pid} on this machine`
  return toTarget(name, parseClock(clock), { endpoint, region, credentials }, outputs)
}

async function stackTarget(stack: string): Promise<Target> {
  const outputs = await reach(`stack ${stack}`, stackOutputs(stack))
  return toTarget(`stack ${stack}`, systemClock, {}, outputs)
}

/** What the clients of the AWS SDK need. Empty: the environment of the user has it. */
type Access = Partial<Pick<LocalSystem, 'endpoint' | 'region' | 'credentials'>>

function toTarget(
  name: string,
  clock: Clock,
  access: Access,
  outputs: Readonly<Record<string, string>>,
): Target {
  const output = (key: string): string => {
    const value = outputs[key]
    if (value !== undefined) return value
    throw new UnreachableError(`${name}: expected the output ${key}; deploy this version of the stack first`)
  }
  const control = output('ControlTable')
  const marketHours = output('MarketHours')
  const dynamodb = createDynamoDB(access)
  let connections: ApiGatewayManagementApiClient | undefined
  let s3: S3Client | undefined
  const lambda = new LambdaClient({ requestHandler: keepAliveHandler(INVOKE_LIMIT_MS), ...access })
  return {
    name,
    clock,
    control: { client: dynamodb, table: control },
    table: name => ({ client: dynamodb, table: output(name) }),
    async closeConnection(ConnectionId, lastMessage) {
      connections ??= new ApiGatewayManagementApiClient({
        ...access,
        endpoint: output('ConnectionsUrl').replace(/^ws/, 'http'),
        requestHandler: keepAliveHandler(),
      })
      // A connection whose buffer is full takes no message. It is closed nevertheless.
      await connections.send(new PostToConnectionCommand({ ConnectionId, Data: lastMessage })).catch(() => {})
      try {
        await connections.send(new DeleteConnectionCommand({ ConnectionId }))
        return true
      } catch (error) {
        if (error instanceof GoneException) return false
        throw error
      }
    },
    bucket(name) {
      s3 ??= new S3Client({ ...access, requestHandler: keepAliveHandler(OBJECT_LIMIT_MS) })
      return { client: s3, bucket: output(name) }
    },
    storeTicks: () => output('StoreTicks'),
    invokeStoreTicks: event => invoke(lambda, 'store-ticks', output('StoreTicks'), event),
    invokeMarketHours: event => invoke(lambda, 'market-hours', marketHours, event),
    signIn: () => ({
      kind: 'oidc',
      issuer: output('TokenIssuer'),
      clientId: output('TokenAudience'),
      scope: REALTIME_SCOPE,
    }),
    close() {
      dynamodb.destroy()
      lambda.destroy()
      connections?.destroy()
      s3?.destroy()
    },
  }
}

/** Invokes a function and returns its answer. @throws UnreachableError if it fails. */
async function invoke(lambda: LambdaClient, name: string, arn: string, event: object): Promise<unknown> {
  const command = new InvokeCommand({ FunctionName: arn, Payload: JSON.stringify(event) })
  const { FunctionError, Payload } = await reach(name, lambda.send(command))
  const text = Payload?.transformToString() ?? ''
  if (FunctionError === undefined) return JSON.parse(text)
  throw new UnreachableError(`${name} failed: ${text}`)
}

/** Awaits a call to the system. @throws UnreachableError that names the call, if it fails. */
export async function reach<T>(what: string, call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    throw new UnreachableError(`${what}: ${name}: ${message}`, { cause: error })
  }
}
