/** The WebSocket API: connect, disconnect and message, and the right to post to connections. */
import { Duration, Stack } from 'aws-cdk-lib'
import {
  type CfnStage,
  LogGroupLogDestination,
  WebSocketApi,
  type WebSocketRoute,
  WebSocketStage,
  type WebSocketStageProps,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import { KEPT_KEYS_PARTITION, ROOM_PREFIX } from '../tables/connections/connections-keys.ts'
import { ACCESS_PREFIX, USER_PREFIX } from '../tables/users/users-keys.ts'
import { acknowledge } from './acknowledge.ts'
import { accessLogFormat, GatewayLogRole } from './data/access-log.ts'
import type { Tables } from './data/dynamo-tables.ts'
import { addLog, type LogSetting } from './data/log-group.ts'
import type { EdgeHeader } from './edge/edge-header.ts'
import { type FunctionSetting, ItaFunction } from './ita-function.ts'
import { acknowledgeWildcard } from './nag-wildcard.ts'
import { CONNECT_BURST, CONNECT_RATE, MESSAGE_BURST, MESSAGE_RATE, ROOM_COUNT, STAGE } from './sizing.ts'
import type { TokenIssuer } from './users/sign-in.ts'

/** What the access log has in addition to that of every API. */
const ACCESS_LOG = {
  connection: '$context.connectionId',
  event: '$context.eventType',
  error: '$context.error.message',
} as const

export interface RealtimeApiProps {
  readonly setting: FunctionSetting
  readonly tables: Tables
  readonly tokens: TokenIssuer
  /** The shortest pace (ms) of users whose tokens state none. */
  readonly fastestPace: string
  /** Connections that a user may have at the same time. */
  readonly connectionsAUser: string
  /** The parameter `Publish`. */
  readonly publish: string
  /** Absent: apps reach the API directly. */
  readonly edgeHeader: EdgeHeader | undefined
}

/** The WebSocket API with the three functions that answer its routes. */
export class RealtimeApi extends Construct {
  /** The address of the API itself, `wss://…/live`, at which functions post to connections. */
  readonly url: string
  readonly connect: ItaFunction
  readonly message: ItaFunction
  readonly disconnect: ItaFunction
  readonly #api: WebSocketApi

  constructor(
    scope: Construct,
    id: string,
    { setting, tables, tokens, fastestPace, connectionsAUser, publish, edgeHeader }: RealtimeApiProps,
  ) {
    super(scope, id)
    this.#api = new WebSocketApi(this, 'Api', {
      apiName: `${Stack.of(this).stackName} WebSocket`,
      routeSelectionExpression: '$request.body.action',
    })
    this.url = `${this.#api.apiEndpoint}/${STAGE}`

    const common = { ...setting, memory: 512, timeout: Duration.seconds(10) }
    const rooms = { CONNECTIONS_TABLE: tables.connections.tableName, ROOM_COUNT: String(ROOM_COUNT) }
    const tokenRules = {
      TOKEN_ISSUER: tokens.issuer,
      TOKEN_AUDIENCE: tokens.audience,
      TOKEN_SCOPES: tokens.scopes,
    }
    const users = { USERS_TABLE: tables.users.tableName }
    this.connect = new ItaFunction(this, 'Connect', {
      ...common,
      name: 'connect',
      isTraced: true,
      parameters: [...Object.values(tokenRules), fastestPace, connectionsAUser],
      environment: {
        ...rooms,
        ...users,
        ...tokenRules,
        FASTEST_PACE_MS: fastestPace,
        CONNECTIONS_A_USER: connectionsAUser,
        EDGE_SECRET: edgeHeader?.secretArn ?? '',
        LOG_ADDRESSES: setting.logs.addresses ? 'on' : 'off',
      },
    })
    edgeHeader?.allow(this.connect)
    this.disconnect = new ItaFunction(this, 'Disconnect', {
      ...common,
      name: 'disconnect',
      environment: rooms,
    })
    this.message = new ItaFunction(this, 'Message', {
      ...common,
      name: 'message',
      memory: 1024,
      parameters: [...Object.values(tokenRules), publish],
      environment: {
        ...rooms,
        ...users,
        ...tokenRules,
        BOARDS_TABLE: tables.boards.tableName,
        WEBSOCKET_ENDPOINT: this.url,
        PUBLISH: publish,
      },
    })

    this.#allowTables(tables)
    const { connect, message, disconnect } = this
    this.allowPosts(message)
    this.allowLookups(message)
    this.allowCloses(message)

    const routes: WebSocketRoute[] = []
    for (const [route, fn] of [
      ['$connect', connect],
      ['$disconnect', disconnect],
      ['$default', message],
    ] as const) {
      const made = this.#api.addRoute(route, {
        integration: new WebSocketLambdaIntegration(`${route.slice(1)}-integration`, fn.live),
      })
      routes.push(made)
      acknowledge(made, {
        APIG4:
          'The connect function checks the token, which comes in Sec-WebSocket-Protocol: browsers can set no other ' +
          'header, and logs would show a token in the query string. Other routes need an accepted connection.',
      })
    }
    const stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: this.#api,
      stageName: STAGE,
      autoDeploy: true,
      throttle: { rateLimit: MESSAGE_RATE, burstLimit: MESSAGE_BURST },
      ...this.#accessLog(setting.logs),
    })
    // API Gateway refuses settings of routes that do not exist yet.
    stage.node.addDependency(...routes)
    const cfnStage = stage.node.defaultChild as CfnStage
    cfnStage.routeSettings = {
      $connect: { ThrottlingRateLimit: CONNECT_RATE, ThrottlingBurstLimit: CONNECT_BURST },
      $default: { ThrottlingRateLimit: MESSAGE_RATE, ThrottlingBurstLimit: MESSAGE_BURST },
    }
    this.#allowLog(stage, setting.logs)
  }

  #allowTables({ connections, boards, users }: Tables): void {
    const { connect, message, disconnect } = this
    connect.allow(['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem'], [connections.tableArn])
    // The table has the keys of the issuer, too. Only the functions that verify tokens may write them.
    for (const fn of [disconnect, message])
      fn.allowItemsFrom(['dynamodb:UpdateItem'], connections, ROOM_PREFIX)
    message.allow(['dynamodb:GetItem'], [connections.tableArn])
    message.allow(['dynamodb:BatchGetItem'], [boards.tableArn])
    // Like connect, it verifies tokens, and keeps the keys of their issuer.
    message.allowItems(['dynamodb:PutItem'], connections, [KEPT_KEYS_PARTITION])
    for (const fn of [connect, message]) fn.allowItemsFrom(['dynamodb:GetItem'], users, USER_PREFIX)
    // connect counts the connections of a user, and records the access.
    connect.allowItemsFrom(['dynamodb:PutItem', 'dynamodb:UpdateItem'], users, USER_PREFIX)
    connect.allowItemsFrom(['dynamodb:UpdateItem'], users, ACCESS_PREFIX)
  }

  /** Returns where the stage writes its access log, if it has one. */
  #accessLog(logs: LogSetting): Pick<WebSocketStageProps, 'accessLogSettings'> {
    if (logs.webSocketRole === 'none') return {}
    const destination = new LogGroupLogDestination(addLog(this, 'AccessLog', logs))
    return { accessLogSettings: { destination, format: accessLogFormat(logs, ACCESS_LOG) } }
  }

  /** Sets the role for the access log of the stage, if this stack sets it. */
  #allowLog(stage: WebSocketStage, { webSocketRole }: LogSetting): void {
    if (webSocketRole === 'stack')
      stage.node.addDependency(new GatewayLogRole(this, 'LogRole', this.#api).account)
    if (webSocketRole === 'none')
      acknowledge(stage, {
        APIG1:
          'Access logs of a WebSocket API need a role that is set for the whole account and region, and this stage ' +
          'does not change it. The functions log connections and errors.',
      })
  }

  /** Returns a metric of the API. */
  metric(name: string, options: MetricOptions): Metric {
    return this.#api.metric(name, options)
  }

  /** Allows a function to post to the connections of the stage. */
  allowPosts(fn: ItaFunction): void {
    this.#allowConnections(fn, 'POST')
  }

  /** Allows a function to ask whether a connection of the stage is open. */
  allowLookups(fn: ItaFunction): void {
    this.#allowConnections(fn, 'GET')
  }

  /** Allows a function to close connections of the stage. */
  allowCloses(fn: ItaFunction): void {
    this.#allowConnections(fn, 'DELETE')
  }

  #allowConnections(fn: ItaFunction, method: 'DELETE' | 'GET' | 'POST'): void {
    const connections = this.#api.arnForExecuteApiV2(`${method}/@connections/*`, STAGE)
    fn.allow(['execute-api:ManageConnections'], [connections])
    acknowledgeWildcard(
      fn,
      connections,
      'Connection ids are created when apps connect. The policy names the stage and the method.',
    )
  }
}
