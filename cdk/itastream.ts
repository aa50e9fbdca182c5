import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { Alarms } from './alarms.ts'
import { bundleFunctions } from './bundle.ts'
import { Consumers } from './consumers.ts'
import { FUNCTION_NAMES } from './function.ts'
import { Ingest } from './ingest.ts'
import { Parameters } from './parameters.ts'
import { Realtime } from './realtime.ts'
import { Rest } from './rest.ts'
import { Schedule } from './schedule.ts'
import { SignIn } from './sign-in.ts'
import { Ticks } from './stream.ts'
import { Tables } from './tables.ts'

/** The whole of itastream: everything that runs on AWS is declared here, and the local system boots from it too. */
export class Itastream extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props)
    const parameters = new Parameters(this, 'Parameters')
    const { marketClock } = parameters
    const setting = { marketClock, bundles: bundleFunctions(FUNCTION_NAMES) }
    const tokens = new SignIn(this, 'SignIn', {
      issuer: parameters.tokenIssuer,
      audience: parameters.tokenAudience,
    })
    const ticks = new Ticks(this, 'Ticks')
    const tables = new Tables(this, 'Tables')
    const realtime = new Realtime(this, 'Realtime', { setting, tables, tokens })
    const rest = new Rest(this, 'Rest', { setting, tables, tokens })
    const consumers = new Consumers(this, 'Consumers', { setting, ticks, tables, realtime })
    const ingest = new Ingest(this, 'Ingest', {
      marketClock,
      lines: parameters.lines,
      lineUser: parameters.lineUser,
      stream: ticks.stream,
    })
    const schedule = new Schedule(this, 'Schedule', { setting, ingest, stream: ticks.stream })
    const alarms = new Alarms(this, 'Alarms', { ticks, tables, consumers, ingest, schedule })

    const outputs = {
      WebSocketUrl: realtime.url,
      RestUrl: rest.url,
      TokenIssuer: tokens.issuer,
      TokenAudience: tokens.audience,
      AlarmTopic: alarms.topic.topicArn,
      LinePasswordSecret: ingest.password.secretArn,
    }
    for (const [name, value] of Object.entries(outputs)) {
      new CfnOutput(this, `${name}Output`, { value }).overrideLogicalId(name)
    }
  }
}
