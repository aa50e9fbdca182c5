import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import {
  CorsHttpMethod,
  HttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { MASTER_PREFIX } from '../tables/boards/boards-keys.ts'
import { type FunctionSetting, ItaFunction } from './ita-function.ts'
import type { TokenIssuer } from './sign-in.ts'
import { KEEP_DAYS, REST_BURST, REST_RATE, STORE_TIMEOUT_SECONDS, STORE_WINDOW_SECONDS } from './sizing.ts'
import type { Tables } from './tables.ts'

/** What the access log holds: no header, so no token, and no address of a reader. */
const ACCESS_LOG = JSON.stringify({
  time: '$context.requestTime',
  request: '$context.requestId',
  route: '$context.routeKey',
  status: '$context.status',
  milliseconds: '$context.responseLatency',
  bytes: '$context.responseLength',
  integration: '$context.integrationErrorMessage',
  authorizer: '$context.authorizer.error',
})

export interface RestProps {
  readonly setting: FunctionSetting
  readonly tables: Tables
  readonly tokens: TokenIssuer
}

/** Routes of prices, delayed and, below /realtime, for a token. */
const PRICE_PATHS = [
  '/boards',
  '/boards/{issue}',
  '/ticks/{issue}',
  '/trades/{issue}',
  '/bars/{issue}',
  '/days',
  '/days/{issue}',
] as const

/** The HTTP API: delayed prices for everybody, real-time ones for a token. */
export class Rest extends Construct {
  readonly url: string
  readonly functions: readonly ItaFunction[]

  constructor(scope: Construct, id: string, { setting, tables, tokens }: RestProps) {
    super(scope, id)
    const api = new HttpApi(this, 'Api', {
      createDefaultStage: false,
      corsPreflight: {
        allowOrigins: ['*'],
        allowMethods: [CorsHttpMethod.GET],
        allowHeaders: ['authorization', 'if-none-match'],
        exposeHeaders: ['etag'],
        maxAge: Duration.days(1),
      },
    })
    this.url = api.apiEndpoint

    const common = { ...setting, memory: 1024, timeout: Duration.seconds(10) }
    const boards = { BOARDS_TABLE: tables.boards.tableName }
    const prices = {
      ...boards,
      TICKS_TABLE: tables.ticks.tableName,
      KEEP_DAYS: String(KEEP_DAYS),
      STORE_SECONDS: String(STORE_WINDOW_SECONDS + STORE_TIMEOUT_SECONDS),
    }
    const delayedPrices = new ItaFunction(this, 'DelayedPrices', {
      ...common,
      name: 'delayed-prices',
      environment: prices,
    })
    const realtimePrices = new ItaFunction(this, 'RealtimePrices', {
      ...common,
      name: 'realtime-prices',
      environment: prices,
    })
    const marketInfo = new ItaFunction(this, 'MarketInfo', {
      ...common,
      name: 'market-info',
      environment: boards,
    })
    this.functions = [delayedPrices, realtimePrices, marketInfo]
    for (const fn of [delayedPrices, realtimePrices]) fn.allow(['dynamodb:Query'], [tables.ticks.tableArn])
    for (const fn of [realtimePrices, marketInfo])
      fn.allow(['dynamodb:BatchGetItem'], [tables.boards.tableArn])
    // The boards of now stand in the same table: who tells the delayed prices may read nothing but who is listed.
    delayedPrices.lambda.addToRolePolicy(
      new PolicyStatement({
        actions: ['dynamodb:BatchGetItem'],
        resources: [tables.boards.tableArn],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${MASTER_PREFIX}*`] } },
      }),
    )

    const authorizer = new HttpJwtAuthorizer('realtime', tokens.issuer, { jwtAudience: [tokens.audience] })
    for (const [fn, paths, guard] of [
      [delayedPrices, PRICE_PATHS.map(path => `/v1${path}`), undefined],
      [realtimePrices, PRICE_PATHS.map(path => `/v1/realtime${path}`), authorizer],
      [marketInfo, ['/v1/issues', '/v1/status'], undefined],
    ] as const) {
      const integration = new HttpLambdaIntegration(`${fn.node.id}Integration`, fn.lambda)
      for (const path of paths) {
        const routes = api.addRoutes({
          path,
          methods: [HttpMethod.GET],
          integration,
          ...(guard === undefined ? {} : { authorizer: guard }),
        })
        if (guard !== undefined) continue
        for (const route of routes)
          Validations.of(route).acknowledge({
            id: 'AwsSolutions-APIG4',
            reason: 'Prices of twenty minutes ago are for everybody, without a token.',
          })
      }
    }

    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: REST_RATE, burstLimit: REST_BURST },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(ACCESS_LOG),
      },
    })
  }
}
