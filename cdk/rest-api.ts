/** The HTTP API: the routes of rest/rest-routes.ts, in front of the three functions that answer them. */
import { Duration, Stack } from 'aws-cdk-lib'
import {
  type CfnStage,
  CorsHttpMethod,
  HttpApi,
  HttpMethod,
  type HttpRoute,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import { LINE_NUMBERS } from '../market/lane.ts'
import { type RestFunctionName, ROUTES } from '../rest/rest-routes.ts'
import { LINE_PREFIX, MASTER_PREFIX, NEWS_ID, PHASE_ID } from '../tables/boards/boards-keys.ts'
import { CALENDAR_ID, SECTORS_ID } from '../tables/control/control-keys.ts'
import { ACCESS_PREFIX, USER_PREFIX } from '../tables/users/users-keys.ts'
import { acknowledge } from './acknowledge.ts'
import { accessLogFormat } from './data/access-log.ts'
import type { Tables } from './data/dynamo-tables.ts'
import { addLog, type LogSetting } from './data/log-group.ts'
import type { EdgeHeader } from './edge/edge-header.ts'
import { HEAVY_PATHS } from './heavy-paths.ts'
import { type FunctionSetting, ItaFunction } from './ita-function.ts'
import {
  HEAVY_ROUTE_BURST,
  HEAVY_ROUTE_RATE,
  KEEP_DAYS,
  LANES,
  REST_BURST,
  REST_CONCURRENCY,
  REST_RATE,
  STORE_SECONDS,
} from './sizing.ts'
import type { SignIn } from './users/sign-in.ts'

/** What the access log has in addition to that of every API. */
const ACCESS_LOG = {
  milliseconds: '$context.responseLatency',
  bytes: '$context.responseLength',
  authorizer: '$context.authorizer.error',
} as const

export interface RestApiProps {
  readonly setting: FunctionSetting
  readonly tables: Tables
  readonly tokens: SignIn
  /** The parameter `Publish`. */
  readonly publish: string
  /** Absent: readers reach the API directly. */
  readonly edgeHeader: EdgeHeader | undefined
}

/** The HTTP API: delayed prices for everybody, real-time prices for registered users. */
export class RestApi extends Construct {
  /** The address of the API itself. */
  readonly url: string
  readonly functions: Readonly<Record<RestFunctionName, ItaFunction>>
  readonly #api: HttpApi

  constructor(scope: Construct, id: string, props: RestApiProps) {
    super(scope, id)
    const { setting, tables, tokens, edgeHeader } = props
    this.#api = new HttpApi(this, 'Api', {
      apiName: `${Stack.of(this).stackName} REST`,
      createDefaultStage: false,
      corsPreflight: {
        allowOrigins: ['*'],
        allowMethods: [CorsHttpMethod.GET],
        allowHeaders: ['authorization', 'if-none-match'],
        exposeHeaders: ['etag'],
        maxAge: Duration.days(1),
      },
    })
    const api = this.#api
    this.url = api.apiEndpoint
    this.functions = this.#addFunctions(props)
    for (const fn of Object.values(this.functions)) edgeHeader?.allow(fn)
    this.#allowTables(tables)
    this.#addStage(api, this.#addRoutes(api, tokens), setting.logs)
  }

  /** Returns a metric of the API. */
  metric(name: string, options: MetricOptions): Metric {
    return this.#api.metric(name, options)
  }

  #addFunctions({
    setting,
    tables,
    publish,
    edgeHeader,
  }: RestApiProps): Readonly<Record<RestFunctionName, ItaFunction>> {
    const common = { ...setting, memory: 1024, timeout: Duration.seconds(10) }
    const boards = {
      BOARDS_TABLE: tables.boards.tableName,
      CONTROL_TABLE: tables.control.tableName,
      EDGE_SECRET: edgeHeader?.secretArn ?? '',
    }
    const prices = {
      ...boards,
      TICKS_TABLE: tables.ticks.tableName,
      KEEP_DAYS: String(KEEP_DAYS),
      STORE_SECONDS: String(STORE_SECONDS),
      LANES: String(LANES),
    }
    return {
      'delayed-prices': new ItaFunction(this, 'DelayedPrices', {
        ...common,
        name: 'delayed-prices',
        concurrency: REST_CONCURRENCY['delayed-prices'],
        environment: prices,
      }),
      'realtime-prices': new ItaFunction(this, 'RealtimePrices', {
        ...common,
        name: 'realtime-prices',
        concurrency: REST_CONCURRENCY['realtime-prices'],
        parameters: [publish],
        environment: { ...prices, PUBLISH: publish, USERS_TABLE: tables.users.tableName },
      }),
      'market-info': new ItaFunction(this, 'MarketInfo', {
        ...common,
        name: 'market-info',
        concurrency: REST_CONCURRENCY['market-info'],
        parameters: [publish],
        environment: { ...boards, PUBLISH: publish },
      }),
    }
  }

  #allowTables({ ticks, boards, control, users }: Tables): void {
    const {
      'delayed-prices': delayedPrices,
      'realtime-prices': realtimePrices,
      'market-info': marketInfo,
    } = this.functions
    delayedPrices.allowItems(['dynamodb:GetItem'], control, [CALENDAR_ID])
    for (const fn of [realtimePrices, marketInfo])
      fn.allowItems(['dynamodb:GetItem'], control, [CALENDAR_ID, SECTORS_ID])
    for (const fn of [delayedPrices, realtimePrices]) fn.allow(['dynamodb:Query'], [ticks.tableArn])
    realtimePrices.allow(['dynamodb:BatchGetItem'], [boards.tableArn])
    // The boards table has the latest boards too. The functions that need no token may not read them.
    for (const fn of [delayedPrices, marketInfo])
      fn.allowItemsFrom(['dynamodb:BatchGetItem'], boards, MASTER_PREFIX)
    const lines = LINE_NUMBERS.map(line => `${LINE_PREFIX}${line}`)
    marketInfo.allowItems(['dynamodb:BatchGetItem'], boards, [PHASE_ID, NEWS_ID, ...lines])
    realtimePrices.allowItemsFrom(['dynamodb:GetItem'], users, USER_PREFIX)
    realtimePrices.allowItemsFrom(['dynamodb:UpdateItem'], users, ACCESS_PREFIX)
  }

  #addRoutes(api: HttpApi, tokens: SignIn): HttpRoute[] {
    const authorizer = new HttpJwtAuthorizer('realtime', tokens.issuer, { jwtAudience: tokens.audienceList })
    const integrations = Object.fromEntries(
      Object.entries(this.functions).map(([name, { node, live }]) => [
        name,
        new HttpLambdaIntegration(`${node.id}Integration`, live),
      ]),
    )
    const all: HttpRoute[] = []
    for (const [path, { function: name, needsToken }] of Object.entries(ROUTES)) {
      const integration = integrations[name]!
      const methods = [HttpMethod.GET]
      if (needsToken) {
        const authorizationScopes = tokens.scopeList
        all.push(...api.addRoutes({ path, methods, integration, authorizer, authorizationScopes }))
        continue
      }
      for (const route of api.addRoutes({ path, methods, integration })) {
        all.push(route)
        acknowledge(route, {
          APIG4: 'Delayed prices, listed issues and market status are for everybody, without a token.',
        })
      }
    }
    return all
  }

  #addStage(api: HttpApi, routes: readonly HttpRoute[], logs: LogSetting): void {
    const accessLog = addLog(this, 'AccessLog', logs)
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: REST_RATE, burstLimit: REST_BURST },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: accessLogFormat(logs, ACCESS_LOG),
      },
    })
    // API Gateway refuses settings of routes that do not exist yet.
    stage.node.addDependency(...routes)
    const isHeavy = new RegExp(HEAVY_PATHS)
    // With a token they keep the rate of every route: after an outage all apps read the trades that they have missed.
    const heavy = Object.entries(ROUTES).flatMap(([path, { needsToken }]) =>
      isHeavy.test(path) && !needsToken ? [path] : [],
    )
    const limits = { ThrottlingRateLimit: HEAVY_ROUTE_RATE, ThrottlingBurstLimit: HEAVY_ROUTE_BURST }
    const cfnStage = stage.node.defaultChild as CfnStage
    cfnStage.routeSettings = Object.fromEntries(heavy.map(path => [`GET ${path}`, limits]))
  }
}
