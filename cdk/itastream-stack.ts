/** The stack: all resources of itastream on AWS. The local system boots from the same template. */
import { resolve } from 'node:path'
import { DefaultStackSynthesizer, Duration, Stack, Stage } from 'aws-cdk-lib'
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import { Alarms } from './alarms/alarms.ts'
import { Canary } from './alarms/canary.ts'
import { Dashboard } from './alarms/dashboard.ts'
import { Broadcast } from './broadcast.ts'
import { bundleFunctions, bundleIngestTask } from './bundle.ts'
import { CloseOfDay } from './close-of-day.ts'
import { ArchiveBucket } from './data/archive-bucket.ts'
import { Backups } from './data/backups.ts'
import { Tables } from './data/dynamo-tables.ts'
import { FailedBatches } from './data/failed-batches.ts'
import { AccessLogBucket } from './data/kept-bucket.ts'
import { Keys } from './data/keys.ts'
import type { LogSetting } from './data/log-group.ts'
import { LostEvents } from './data/lost-events.ts'
import { TicksStream } from './data/ticks-stream.ts'
import { Edge } from './edge/edge.ts'
import { EdgeHeader } from './edge/edge-header.ts'
import { FUNCTION_NAMES } from './function-settings.ts'
import { IngestServices } from './ingest-service.ts'
import type { FunctionSetting } from './ita-function.ts'
import { MarketHours } from './market-hours.ts'
import { Parameters } from './parameters.ts'
import { RealtimeApi } from './realtime-api.ts'
import { CanaryRelease } from './release/canary-release.ts'
import { RELEASE_ALARMS } from './release/release-watches.ts'
import { RestApi } from './rest-api.ts'
import { addOutputs, addressesOf } from './stack-outputs.ts'
import type { Apis, Consumers, Schedules, Stores } from './stack-parts.ts'
import type { StageConfig } from './stages/stage-config.ts'
import { StoreTicks } from './store-ticks.ts'
import { SignIn } from './users/sign-in.ts'

/** What all parts of the stack get. */
interface Common {
  readonly stage: StageConfig
  readonly parameters: Parameters
  readonly setting: FunctionSetting
  /** Folder of the bundles. */
  readonly outdir: string
}

export class Itastream extends Stack {
  constructor(scope: Construct, stage: StageConfig) {
    super(scope, stage.stackName, {
      description: 'itastream: the order boards of the whole Tokyo market.',
      terminationProtection: stage.data.deletionProtection,
      // The local cloud does not support rules, and the CDK CLI checks the bootstrap version too.
      synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
    })
    const parameters = new Parameters(this, 'Parameters')
    // Inside the cloud assembly, so that two syntheses at once use different folders.
    const outdir = resolve(Stage.of(this)!.outdir, 'bundles')
    const keys = new Keys(this, 'Keys', stage.data)
    const logs: LogSetting = { ...stage.logs, keys }
    const setting: FunctionSetting = {
      bundles: bundleFunctions(FUNCTION_NAMES, `${outdir}/functions`),
      logs,
      hasTraces: stage.alarms.hasTraces,
    }
    const common: Common = { stage, parameters, setting, outdir }
    const stores = this.#addStores(stage, keys)
    const apis = this.#addApis(common, stores)
    const consumers = this.#addConsumers(common, stores, apis)
    const ingest = this.#addIngest(common, stores)
    const schedules = this.#addSchedules(common, { ...stores, ...apis, ...consumers, ingest })
    const watched = {
      ...stores,
      ...apis,
      ...consumers,
      ...schedules,
      tasksALine: ingest.tasksALine,
      config: stage.alarms,
      keys,
    }
    const alarms = new Alarms(this, 'Alarms', watched)
    if (stage.alarms.hasDashboard) new Dashboard(this, 'Dashboard', alarms, watched)
    if (stage.release.kind === 'canary') this.#addCanaryRelease(stage, apis, alarms)
    addOutputs(this, { ...watched, alarms })
    acknowledge(this, stage.reasons)
    acknowledge(this, {
      W1001: 'The outputs refer to the user pool only under the condition that creates it.',
      IAMNoInlinePolicy:
        'Each role belongs to one function, task or schedule. Its policy is made and deleted with it, and is of no use elsewhere.',
      LambdaConcurrency:
        'market-hours reserves concurrency for the live path in trading hours. The other functions run by a schedule or behind a rate limit.',
      LambdaDLQ:
        'Routes, streams and broadcast wait for the result. market-hours and close-of-day have a failure destination; the canary asks again a minute later.',
      LambdaInsideVPC:
        'The functions reach AWS and the issuer of tokens by TLS only. Nothing that they use is in a VPC.',
      W1030: 'The app client has SignInCallback only under the condition that it is not empty.',
      W2509: 'A parameter with the name of a secret is its ARN, not its value.',
    })
  }

  #addStores({ data, logs }: StageConfig, keys: Keys): Stores {
    const { deletionProtection, streamRetention: retention, archiveLock: lock, backup } = data
    const accessLogs = data.bucketLogs
      ? new AccessLogBucket(this, 'BucketLogs', Duration.days(logs.retention))
      : undefined
    const tables = new Tables(this, 'Tables', { keys, deletionProtection })
    const backups =
      backup && new Backups(this, 'Backups', { config: backup, keys, tables: [tables.control, tables.users] })
    return {
      backups,
      ticks: new TicksStream(this, 'Ticks', { keys, retention }),
      tables,
      failed: new FailedBatches(this, 'FailedBatches', { keys, accessLogs }),
      archive: new ArchiveBucket(this, 'Archive', { keys, accessLogs, lock }),
      lost: new LostEvents(this, 'LostEvents', { keys }),
    }
  }

  #addApis({ stage, parameters, setting }: Common, { tables }: Stores): Apis {
    const { publish, fastestPace, connectionsAUser } = parameters
    const tokens = new SignIn(this, 'SignIn', {
      issuer: parameters.tokenIssuer,
      audience: parameters.tokenAudience,
      scopes: parameters.tokenScopes,
      callback: parameters.signInCallback,
      deletionProtection: stage.data.deletionProtection,
      config: stage.signIn,
    })
    const edgeHeader = stage.edge && new EdgeHeader(this, 'EdgeHeader', setting.logs.keys)
    const access = { setting, tables, tokens, publish, edgeHeader }
    const realtime = new RealtimeApi(this, 'Realtime', { ...access, fastestPace, connectionsAUser })
    const rest = new RestApi(this, 'Rest', access)
    const edge =
      stage.edge &&
      edgeHeader &&
      new Edge(this, 'Edge', {
        config: stage.edge,
        logs: stage.logs,
        restEndpoint: rest.url,
        webSocketEndpoint: realtime.url,
        header: edgeHeader.value,
        tokens,
      })
    if (edge !== undefined) tokens.addPage(edge.pageUrl)
    return { tokens, realtime, rest, edge }
  }

  #addConsumers(
    { parameters, setting }: Common,
    { ticks, tables, failed }: Stores,
    { realtime }: Apis,
  ): Consumers {
    const { publish } = parameters
    return {
      store: new StoreTicks(this, 'Store', { setting, ticks, tables, failed }),
      broadcast: new Broadcast(this, 'Broadcast', { setting, ticks, tables, realtime, publish, failed }),
    }
  }

  #addIngest({ stage, parameters, setting, outdir }: Common, { ticks, tables }: Stores): IngestServices {
    return new IngestServices(this, 'Ingest', {
      lines: parameters.lines,
      lineSecret: parameters.lineSecret,
      lineTls: parameters.lineTls,
      tasksALine: stage.tasksALine,
      stream: ticks.stream,
      control: tables.control,
      network: stage.network,
      logs: setting.logs,
      bundle: bundleIngestTask(`${outdir}/ingest-task`),
    })
  }

  #addSchedules(
    { setting, parameters }: Common,
    parts: Stores & Apis & Consumers & { readonly ingest: IngestServices },
  ): Schedules {
    const { tables, archive, lost, realtime, store, broadcast, ingest } = parts
    const { RestUrl: restUrl, WebSocketUrl: webSocketUrl } = addressesOf(parts)
    const canary = new Canary(this, 'Outside', {
      setting,
      restUrl,
      webSocketUrl,
      secret: parameters.canarySecret,
      lost,
    })
    return {
      canary,
      schedule: new MarketHours(this, 'Schedule', {
        setting,
        ingest,
        stream: parts.ticks.stream,
        tables,
        archive,
        realtime,
        store,
        broadcast,
        canary,
        lost,
      }),
      closeOfDay: new CloseOfDay(this, 'Close', { setting, tables, archive, lost }),
    }
  }

  #addCanaryRelease({ release: config }: StageConfig, { rest, realtime }: Apis, { alarms }: Alarms): void {
    const named = (name: string): Alarm => {
      const alarm = alarms.find(({ node }) => node.id === name)
      if (alarm === undefined)
        throw new RangeError(`expected an alarm ${name} in a stage with canary releases`)
      return alarm
    }
    const released = [
      { functions: Object.values(rest.functions), alarm: named(RELEASE_ALARMS.rest) },
      {
        functions: [realtime.connect, realtime.message, realtime.disconnect],
        alarm: named(RELEASE_ALARMS.webSocket),
      },
    ]
    new CanaryRelease(this, 'Release', { released, config })
  }
}
