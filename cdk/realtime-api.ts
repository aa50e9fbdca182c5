import { Duration, Validations } from 'aws-cdk-lib'
import { WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2'
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { Construct } from 'constructs'
import { type FunctionSetting, ItaFunction } from './ita-function.ts'
import { acknowledgeWildcard } from './nag-wildcard.ts'
import type { TokenIssuer } from './sign-in.ts'
import { ROOM_COUNT, STAGE, WEBSOCKET_BURST, WEBSOCKET_RATE } from './sizing.ts'
import type { Tables } from './tables.ts'

export interface RealtimeProps {
  readonly setting: FunctionSetting
  readonly tables: Tables
  readonly tokens: TokenIssuer
}

/** The WebSocket API: who may connect, what apps may ask, and the posts to them. */
export class Realtime extends Construct {
  /** `wss://…/live`: where apps connect. */
  readonly url: string
  readonly functions: readonly ItaFunction[]
  readonly #api: WebSocketApi

  constructor(scope: Construct, id: string, { setting, tables, tokens }: RealtimeProps) {
    super(scope, id)
    this.#api = new WebSocketApi(this, 'Api', { routeSelectionExpression: '$request.body.action' })
    this.url = `${this.#api.apiEndpoint}/${STAGE}`

    const common = { ...setting, memory: 512, timeout: Duration.seconds(10) }
    const rooms = { CONNECTIONS_TABLE: tables.connections.tableName, ROOM_COUNT: String(ROOM_COUNT) }
    const connect = new ItaFunction(this, 'Connect', {
      ...common,
      name: 'connect',
      environment: { ...rooms, TOKEN_ISSUER: tokens.issuer, TOKEN_AUDIENCE: tokens.audience },
    })
    const disconnect = new ItaFunction(this, 'Disconnect', {
      ...common,
      name: 'disconnect',
      environment: rooms,
    })
    const message = new ItaFunction(this, 'Message', {
      ...common,
      name: 'message',
      memory: 1024,
      environment: { ...rooms, BOARDS_TABLE: tables.boards.tableName, WEBSOCKET_ENDPOINT: this.url },
    })
    this.functions = [connect, disconnect, message]

    const { connections, boards } = tables
    connect.allow(['dynamodb:PutItem'], [connections.tableArn])
    disconnect.allow(['dynamodb:UpdateItem'], [connections.tableArn])
    message.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], [connections.tableArn])
    message.allow(['dynamodb:BatchGetItem'], [boards.tableArn])
    this.allowPosts(message)

    for (const [route, fn] of [
      ['$connect', connect],
      ['$disconnect', disconnect],
      ['$default', message],
    ] as const) {
      const made = this.#api.addRoute(route, {
        integration: new WebSocketLambdaIntegration(`${route.slice(1)}-integration`, fn.lambda),
      })
      Validations.of(made).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          'The token is checked by the connect function, from Sec-WebSocket-Protocol: browsers can set no other ' +
          'header, and a token in the query string would stand in logs. Later routes are of an accepted connection.',
      })
    }
    const stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: this.#api,
      stageName: STAGE,
      autoDeploy: true,
      throttle: { rateLimit: WEBSOCKET_RATE, burstLimit: WEBSOCKET_BURST },
    })
    Validations.of(stage).acknowledge({
      id: 'AwsSolutions-APIG1',
      reason:
        'Access logs of a WebSocket API need a role set for the whole account and region, which a stack should ' +
        'not change; the functions log connects and errors themselves.',
    })
  }

  /** Lets a function post to and ask after the connections of the stage. */
  allowPosts(fn: ItaFunction): void {
    const connections = ['POST', 'GET'].map(method =>
      this.#api.arnForExecuteApiV2(`${method}/@connections/*`, STAGE),
    )
    fn.allow(['execute-api:ManageConnections'], connections)
    for (const resource of connections)
      acknowledgeWildcard(
        fn,
        resource,
        'Connection ids are made when apps connect; the stage and the methods are named.',
      )
  }
}
