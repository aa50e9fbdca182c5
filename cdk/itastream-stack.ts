/** The stack: all resources of itastream on AWS. The local system boots from the same template. */
import { resolve } from 'node:path'
import { CfnOutput, DefaultStackSynthesizer, Stack, Stage, Validations } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { Alarms } from './alarms.ts'
import { ArchiveBucket } from './archive-bucket.ts'
import { Broadcast } from './broadcast.ts'
import { bundleFunctions, bundleIngestTask } from './bundle.ts'
import { Canary } from './canary.ts'
import { CloseOfDay } from './close-of-day.ts'
import { Tables } from './dynamo-tables.ts'
import { FailedBatches } from './failed-batches.ts'
import { FUNCTION_NAMES } from './function-settings.ts'
import { IngestServices } from './ingest-service.ts'
import { LostEvents } from './lost-events.ts'
import { MarketHours } from './market-hours.ts'
import { Parameters } from './parameters.ts'
import { RealtimeApi } from './realtime-api.ts'
import { RestApi } from './rest-api.ts'
import { SignIn } from './sign-in.ts'
import { StoreTicks } from './store-ticks.ts'
import { readTasksALine } from './tasks-a-line.ts'
import { TicksStream } from './ticks-stream.ts'

export class Itastream extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      description: 'itastream: the order boards of the whole Tokyo market.',
      // The local cloud does not support rules, and the CDK CLI checks the bootstrap version too.
      synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
    })
    const parameters = new Parameters(this, 'Parameters')
    const { marketClock, publish } = parameters
    // Inside the cloud assembly, so that two syntheses at once use different folders.
    const outdir = resolve(Stage.of(this)!.outdir, 'bundles')
    const setting = { marketClock, bundles: bundleFunctions(FUNCTION_NAMES, `${outdir}/functions`) }
    const tokens = new SignIn(this, 'SignIn', {
      issuer: parameters.tokenIssuer,
      audience: parameters.tokenAudience,
      scopes: parameters.tokenScopes,
      callback: parameters.signInCallback,
    })
    const ticks = new TicksStream(this, 'Ticks')
    const tables = new Tables(this, 'Tables')
    const realtime = new RealtimeApi(this, 'Realtime', {
      setting,
      tables,
      tokens,
      fastestPace: parameters.fastestPace,
      connectionsAUser: parameters.connectionsAUser,
      publish,
    })
    const rest = new RestApi(this, 'Rest', { setting, tables, tokens, publish })
    const failed = new FailedBatches(this, 'FailedBatches')
    const store = new StoreTicks(this, 'Store', { setting, stream: ticks.stream, tables, failed })
    const broadcast = new Broadcast(this, 'Broadcast', {
      setting,
      ticks,
      tables,
      realtime,
      publish,
      failed,
    })
    const ingest = new IngestServices(this, 'Ingest', {
      marketClock,
      lines: parameters.lines,
      lineUser: parameters.lineUser,
      tasksALine: readTasksALine(this.node),
      stream: ticks.stream,
      control: tables.control,
      bundle: bundleIngestTask(`${outdir}/ingest-task`),
    })
    const archive = new ArchiveBucket(this, 'Archive')
    const lost = new LostEvents(this, 'LostEvents')
    const canary = new Canary(this, 'Outside', { setting, restUrl: rest.url, lost })
    const schedule = new MarketHours(this, 'Schedule', {
      setting,
      ingest,
      stream: ticks.stream,
      tables,
      archive,
      realtime,
      store,
      broadcast,
      canary,
      lost,
    })
    const closeOfDay = new CloseOfDay(this, 'Close', { setting, tables, archive, lost })
    const alarms = new Alarms(this, 'Alarms', {
      tables,
      store,
      broadcast,
      schedule,
      closeOfDay,
      lost,
      tasksALine: ingest.tasksALine,
    })

    const outputs = {
      WebSocketUrl: realtime.url,
      RestUrl: rest.url,
      TokenIssuer: tokens.issuer,
      TokenAudience: tokens.audience,
      AlarmTopic: alarms.topic.topicArn,
      ArchiveBucket: archive.bucket.bucketName,
      LinePasswordSecret: ingest.password.secretArn,
      // npm run ops finds its way by these.
      ControlTable: tables.control.tableName,
      UsersTable: tables.users.tableName,
      ConnectionsTable: tables.connections.tableName,
      BoardsTable: tables.boards.tableName,
      MarketHours: schedule.marketHours.live.functionArn,
    }
    for (const [name, value] of Object.entries(outputs)) {
      new CfnOutput(this, `${name}Output`, { value }).overrideLogicalId(name)
    }
    this.#acknowledge({
      W1001: 'The outputs refer to the user pool only under the condition that creates it.',
      W1030: 'The app client has SignInCallback only under the condition that it is not empty.',
    })
  }

  /** Acknowledges rules of the CloudFormation validation, each with the reason. */
  #acknowledge(rules: Readonly<Record<string, string>>): void {
    for (const [rule, reason] of Object.entries(rules))
      Validations.of(this).acknowledge({ id: `CloudFormation-Validate::${rule}`, reason })
  }
}
