import { resolve } from 'node:path'
import { CfnOutput, DefaultStackSynthesizer, Stack, Stage, Validations } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { Alarms } from './alarms.ts'
import { Archive } from './archive-bucket.ts'
import { Broadcast } from './broadcast.ts'
import { bundleFunctions, bundleIngestTask } from './bundle.ts'
import { CloseOfDay } from './close-of-day.ts'
import { FailedBatches } from './failed-batches.ts'
import { FUNCTION_NAMES } from './function-settings.ts'
import { Ingest } from './ingest-service.ts'
import { Schedule } from './market-hours.ts'
import { Parameters } from './parameters.ts'
import { Realtime } from './realtime-api.ts'
import { Rest } from './rest-api.ts'
import { SignIn } from './sign-in.ts'
import { Store } from './store-ticks.ts'
import { Tables } from './tables.ts'
import { Ticks } from './ticks-stream.ts'

/** The whole of itastream: everything that runs on AWS is declared here, and the local system boots from it too. */
export class Itastream extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      description: 'itastream: the order boards of the whole Tokyo market.',
      // The rule would be the one thing in the template that only CloudFormation can read; the CLI checks it too.
      synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
    })
    const parameters = new Parameters(this, 'Parameters')
    const { marketClock } = parameters
    // Inside the assembly: two syntheses at once do not meet.
    const outdir = resolve(Stage.of(this)!.outdir, 'bundles')
    const setting = { marketClock, bundles: bundleFunctions(FUNCTION_NAMES, `${outdir}/functions`) }
    const tokens = new SignIn(this, 'SignIn', {
      issuer: parameters.tokenIssuer,
      audience: parameters.tokenAudience,
    })
    const ticks = new Ticks(this, 'Ticks')
    const tables = new Tables(this, 'Tables')
    const realtime = new Realtime(this, 'Realtime', { setting, tables, tokens })
    const rest = new Rest(this, 'Rest', { setting, tables, tokens })
    const failed = new FailedBatches(this, 'FailedBatches')
    const store = new Store(this, 'Store', { setting, stream: ticks.stream, tables, failed })
    const broadcast = new Broadcast(this, 'Broadcast', {
      setting,
      consumer: ticks.broadcastConsumer,
      tables,
      realtime,
      failed,
    })
    const ingest = new Ingest(this, 'Ingest', {
      marketClock,
      lines: parameters.lines,
      lineUser: parameters.lineUser,
      stream: ticks.stream,
      bundle: bundleIngestTask(`${outdir}/ingest-task`),
    })
    const schedule = new Schedule(this, 'Schedule', { setting, ingest, stream: ticks.stream })
    const archive = new Archive(this, 'Archive')
    const closeOfDay = new CloseOfDay(this, 'Close', { setting, tables, archive })
    const alarms = new Alarms(this, 'Alarms', {
      ticks,
      tables,
      store,
      broadcast,
      ingest,
      schedule,
      closeOfDay,
    })

    const outputs = {
      WebSocketUrl: realtime.url,
      RestUrl: rest.url,
      TokenIssuer: tokens.issuer,
      TokenAudience: tokens.audience,
      AlarmTopic: alarms.topic.topicArn,
      ArchiveBucket: archive.bucket.bucketName,
      LinePasswordSecret: ingest.password.secretArn,
    }
    for (const [name, value] of Object.entries(outputs)) {
      new CfnOutput(this, `${name}Output`, { value }).overrideLogicalId(name)
    }
    Validations.of(this).acknowledge({
      id: 'CloudFormation-Validate::W1001',
      reason: 'The outputs name the user pool only under the condition that makes it.',
    })
  }
}
