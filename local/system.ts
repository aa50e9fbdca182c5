/** The whole system on one machine: exchange, lines, cloud, sign-in and page, each started after the parts it needs. */

import { randomUUID } from 'node:crypto'
import { type Cloud, type CloudOptions, startCloud } from '@itastream/local-cloud'
import type { AccountQuotas } from '@itastream/local-cloud/account-quotas'
import type { StageName } from '../cdk/stages/stage-config.ts'
import { connect, type Itastream } from '../client/itastream.ts'
import { type Clock, formatSegments, parseClock } from '../market/clock.ts'
import { LINES } from '../market/lane.ts'
import type { IssueMaster } from '../market/market-event.ts'
import type { IssueSectors } from '../market/sector.ts'
import { addMillis, nowMillis } from '../market/units.ts'
import { writeSectors } from '../tables/control/sectors-item.ts'
import { createDynamoDB } from '../tables/dynamodb.ts'
import { assemble, STACK_NAMES } from './assemble.ts'
import { type Issuer, startIssuer } from './issuer/issuer.ts'
import { type LineProcess, startLineProcess } from './line-process.ts'
import type { Market, Source } from './local-market.ts'
import type { LocalTime } from './market-time.ts'
import { freePortRange } from './ports.ts'
import { type TaskWatch, watchTasks } from './task-watch.ts'
import { SYSTEM_PATH, startWeb, type Web } from './web/web.ts'

/** Real time from the choice of the market clock until the exchange may start. */
const BOOT_MILLISECONDS = 4_000
/** Connections of a task to its line: A and B. */
const CONNECTIONS = 2
/** Number of boards that the page shows at a first visit. */
const FIRST_BOARDS = 4
const LINE_HOST = '127.0.0.1'
const LINE_USER = 'itastream'
/** The program that the canary is at the issuer. */
export const CANARY_PROGRAM = 'canary'
const CANARY_SECRET = 'arn:aws:secretsmanager:ap-northeast-1:000000000000:secret:canary-local0'
const LINE_SECRET = 'arn:aws:secretsmanager:ap-northeast-1:000000000000:secret:line-local0'

export interface SystemPorts {
  readonly web: number
  readonly websocket: number
  readonly http: number
  readonly issuer: number
}

export interface LineLogin {
  readonly host: string
  /** Line 1 first. */
  readonly ports: readonly number[]
  readonly user: string
  readonly password: string
}

export interface System<From extends Source = Source> {
  readonly clock: Clock
  readonly time: LocalTime
  /** Source of the exchange. */
  readonly source: From
  /** Every listed issue, the busiest first. */
  readonly issues: readonly IssueMaster[]
  readonly cloud: Cloud
  readonly issuer: Issuer
  readonly lines: LineProcess
  /** Login for all lines. */
  readonly lineLogin: LineLogin
  readonly web: Web
  readonly tasks: TaskWatch
  /** Connects a client that is signed in as the local user. */
  connect(): Itastream
  close(): Promise<void>
}

export interface SystemOptions<From extends Source = Source> {
  readonly market: Market<From>
  /** The stage whose template boots. Default: prod. */
  readonly stage?: StageName
  /** Folder for tables and logs. Without it, tables are in memory, and there are no logs. */
  readonly data?: string
  /** Folder for logs alone. */
  readonly logs?: string
  /** 0 stands for a free port. */
  readonly ports: SystemPorts
  /** Whether the canary signs in, and alarms get states. Default: it checks delayed data alone, and alarms keep their state. */
  readonly canary?: boolean
  /** Quotas of the account. Default: those of AWS. */
  readonly quotas?: AccountQuotas
  /** Faults of a drill: called before each request to DynamoDB. */
  readonly beforeDynamo?: CloudOptions['beforeDynamo']
  /** Faults of a drill: whether the buffer of a client is full. */
  readonly isClientFull?: CloudOptions['isClientFull']
  /** Faults of a drill: the greatest age of a connection. */
  readonly connectionLife?: CloudOptions['connectionLife']
  /** Receives the step that starts, for a person who waits. */
  readonly progress: (text: string) => void
  readonly log: (text: string) => void
}

/**
 * Starts all parts. If a part does not start, the parts before it are closed and its error is thrown.
 * @throws AssemblyError if the template cannot be synthesized.
 */
export async function startSystem<From extends Source>(options: SystemOptions<From>): Promise<System<From>> {
  const { market, progress, ports } = options
  const parts = new AsyncDisposableStack()
  try {
    progress('Bundling the functions and synthesizing the template')
    const assembly = await assemble(options.stage)

    progress('Starting the cloud: stream, tables, functions, gateways')
    const { time, source } = market.begin(addMillis(nowMillis(), BOOT_MILLISECONDS))
    const clockText = formatSegments(time.segments)
    const clock = parseClock(clockText)
    const issuer = parts.adopt(await startIssuer({ port: ports.issuer }), part => part.close())
    // The lines listen only after the cloud has started. Until then no connection of the cloud may take their ports.
    const firstLinePort = await freePortRange(LINES)
    const linePorts = Array.from({ length: LINES }, (_, index) => firstLinePort + index)
    const canary: CanaryParts = options.canary === true ? addCanary(issuer) : {}
    const login = { user: LINE_USER, password: randomUUID() }
    const cloud = await startCloud({
      assembly,
      stack: STACK_NAMES[options.stage ?? 'prod'],
      clock,
      secrets: { [LINE_SECRET]: JSON.stringify(login), ...canary.secrets },
      evaluatesAlarms: options.canary === true,
      ports: { http: ports.http, websocket: ports.websocket },
      rateVariables: ['POSTS_PER_SECOND'],
      variables: { MARKET_CLOCK: clockText },
      ...(options.quotas === undefined ? {} : { quotas: options.quotas }),
      parameters: {
        TokenIssuer: issuer.url,
        TokenAudience: issuer.audience,
        TokenScopes: issuer.scope,
        LineSecret: LINE_SECRET,
        ...canary.parameters,
        // Synthetic data is for everybody. Who replays a real day sees it alone.
        Publish: 'base-prices:everybody,news:everybody',
        ...lineParameters(linePorts),
      },
      log: options.log,
      ...(options.beforeDynamo === undefined ? {} : { beforeDynamo: options.beforeDynamo }),
      ...(options.isClientFull === undefined ? {} : { isClientFull: options.isClientFull }),
      ...(options.connectionLife === undefined ? {} : { connectionLife: options.connectionLife }),
      ...(options.logs === undefined ? {} : { logFolder: options.logs }),
      ...(options.data === undefined ? {} : { dataFolder: options.data, logFolder: `${options.data}/logs` }),
    })
    parts.adopt(cloud, part => part.close())

    progress('Opening the exchange and its three lines')
    const { issues } = market
    const lineLogin: LineLogin = { host: LINE_HOST, ports: linePorts, ...login }
    // A task that logs in after the first ticks lacks them: a line sends no board again that was replaced.
    const logins = CONNECTIONS * cloud.tasks('IngestService1').length
    const lines = await startLineProcess({ source, clock: clockText, logins, ...lineLogin })
    parts.adopt(lines, part => part.close())
    await storeSectors(cloud, market.sectors, clock, options.log)
    // On AWS the schedule does this within five minutes after a deployment. Here it happens at once.
    await cloud.invoke('ScheduleMarketHours', {})
    const tasks = parts.adopt(watchTasks(cloud, clock), part => part.close())
    const web = await startWeb({
      port: ports.web,
      config: {
        restUrl: cloud.httpUrl,
        websocketUrl: cloud.websocketUrl,
        signIn: { kind: 'oidc', issuer: issuer.url, clientId: issuer.audience, scope: issuer.scope },
        clock: clockText,
        systemUrl: SYSTEM_PATH,
        issues: issues.slice(0, FIRST_BOARDS).map(({ code }) => code),
      },
      system: () => tasks.state(),
    })
    parts.adopt(web, part => part.close())
    const started = parts.move()
    return {
      clock,
      time,
      source,
      issues,
      cloud,
      issuer,
      lines,
      lineLogin,
      web,
      tasks,
      connect: () =>
        connect({
          url: cloud.websocketUrl,
          history: `${cloud.httpUrl}/v1/realtime`,
          token: () => issuer.token(),
        }),
      close: () => started.disposeAsync(),
    }
  } catch (error) {
    await parts.disposeAsync()
    throw error
  }
}

/** What the stack needs for a canary that signs in. */
interface CanaryParts {
  readonly secrets?: Readonly<Record<string, string>>
  readonly parameters?: Readonly<Record<string, string>>
}

/** Makes the program of the canary at the issuer, and the secret with its request for a token (docs/operations.md, canary). */
function addCanary({ programs, tokenUrl: url, scope }: Issuer): CanaryParts {
  const password = randomUUID()
  programs.set(CANARY_PROGRAM, password)
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: CANARY_PROGRAM,
    client_secret: password,
    scope,
  }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return {
    secrets: { [CANARY_SECRET]: JSON.stringify({ url, headers, body }) },
    parameters: { CanarySecret: CANARY_SECRET },
  }
}

/** Returns the parameters of the stack for lines at these ports, line 1 first. */
function lineParameters(ports: readonly number[]): Record<string, string> {
  return Object.fromEntries(
    ports.flatMap((port, index) => [
      [`LineHost${index + 1}`, LINE_HOST],
      [`LinePort${index + 1}`, String(port)],
    ]),
  )
}

/**
 * Supplies the sectors of the issues, as an operator does by `npm run ops -- sectors set`. Without them the list of issues lacks its
 * sectors, and everything else works.
 */
async function storeSectors(
  cloud: Cloud,
  sectors: IssueSectors,
  clock: Clock,
  log: (text: string) => void,
): Promise<void> {
  if (sectors.size === 0) return
  const { endpointUrl: endpoint, region, credentials } = cloud
  const client = createDynamoDB({ endpoint, region, credentials })
  try {
    await writeSectors({ client, table: cloud.ref('TablesControl') }, sectors, clock.now())
  } catch (error) {
    log(`the sectors of the issues were not stored: ${error}`)
  } finally {
    client.destroy()
  }
}
