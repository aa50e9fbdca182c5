/** The ingest tasks: one Fargate service a line, whose tasks share the line by a lease. */
import { Duration } from 'aws-cdk-lib'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets'
import {
  AvailabilityZoneRebalancing,
  Cluster,
  ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  LogDrivers,
  OperatingSystemFamily,
  PropagatedTagSource,
  Secret as TaskSecret,
} from 'aws-cdk-lib/aws-ecs'
import { Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Stream } from 'aws-cdk-lib/aws-kinesis'
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { HEALTH_CHECK } from '../contract/health-check.ts'
import { type EnvironmentOf, SYSTEM_CLOCK } from '../contract/settings.ts'
import { INGEST_SECRETS, type INGEST_SETTINGS } from '../ingest-task/ingest-config.ts'
import { CALENDAR_ID, idsOfLine } from '../tables/control/control-keys.ts'
import { acknowledge } from './acknowledge.ts'
import { addLog, type LogSetting } from './data/log-group.ts'
import { addHealthFolder, HEALTH_FOLDER } from './health-folder.ts'
import { acknowledgeWildcard } from './nag-wildcard.ts'
import type { NetworkConfig } from './network/network-config.ts'
import { TaskNetwork } from './network/task-network.ts'
import type { LineParameters, LineTlsParameters } from './parameters.ts'
import { LANES, type TasksALine } from './sizing.ts'

/**
 * CPU units: half a vCPU. Both tasks of a line decode it. A line that carries 30,000 messages/s, three times its share of the
 * opening, takes 0.14 to 0.27 of a CPU (docs/performance.md: 220,000 messages a CPU second, 113,000 on a busy machine). The
 * rest is for what may not wait: half a vCPU gives 50 ms of each 100 ms to compiling, garbage collection, and the 13,000 messages
 * after a take-over at the opening, which take 60 to 120 ms. A quarter would give 25 ms.
 */
const TASK_CPU = 512
/** MiB: the least that Fargate allows with half a vCPU (ECS developer guide, Task size). A task takes 224 MiB. */
const TASK_MEMORY = 1024
/** The user `node` of the image, by number: a name would be looked up in files of the image. The Dockerfile has the same user. */
const TASK_USER = '1000:1000'
/** Both tasks of a line go on during a deployment. */
const MIN_HEALTHY = 100
/**
 * A deployment starts one new task of a line, and stops an old task when the new task is healthy. ECS rounds down, so one task
 * needs 200 % to be replaced at all.
 */
const MAX_HEALTHY: Readonly<Record<TasksALine, number>> = { 1: 200, 2: 150 }

/** Time that a task has after SIGTERM to publish the messages it received. */
const STOP_TIMEOUT = Duration.seconds(60)

/** The check takes 2 ms of CPU. ECS replaces a task after three failures in a row. */
const HEALTH_INTERVAL = Duration.seconds(10)
const HEALTH_TIMEOUT = Duration.seconds(5)
const HEALTH_RETRIES = 3
/**
 * A new task first reads the tail of the stream, up to 20 s at the opening, and then takes a snapshot of the line. It counts
 * as healthy with the first check that passes, and only later failures count (ECS API reference, HealthCheck).
 */
const HEALTH_START_PERIOD = Duration.seconds(60)

/** The environment of a task, which gets user and password from a secret. */
export type IngestEnvironment = Omit<EnvironmentOf<typeof INGEST_SETTINGS>, keyof typeof INGEST_SECRETS>

export interface IngestServicesProps {
  readonly lines: readonly LineParameters[]
  /** ARN of a secret that exists: JSON with the members `user` and `password` for the login to every line. */
  readonly lineSecret: string
  readonly lineTls: LineTlsParameters
  readonly tasksALine: TasksALine
  readonly stream: Stream
  readonly control: Table
  readonly network: NetworkConfig
  readonly logs: LogSetting
  /** Folder of the image's build context. */
  readonly bundle: string
}

/** One Fargate service a line. market-hours sets how many tasks run. */
export class IngestServices extends Construct {
  readonly cluster: Cluster
  readonly services: readonly FargateService[]
  readonly tasksALine: TasksALine

  constructor(scope: Construct, id: string, props: IngestServicesProps) {
    super(scope, id)
    this.tasksALine = props.tasksALine
    const log = addLog(this, 'Log', props.logs)
    const asset = new DockerImageAsset(this, 'Image', {
      directory: props.bundle,
      platform: Platform.LINUX_ARM64,
    })
    const secret = Secret.fromSecretCompleteArn(this, 'LineSecret', props.lineSecret)
    const network = new TaskNetwork(this, 'Network', {
      network: props.network,
      logs: props.logs,
      resources: {
        stream: props.stream.streamArn,
        controlTable: props.control.tableArn,
        logGroup: log.logGroupArn,
        lineSecret: props.lineSecret,
        repository: asset.repository.repositoryArn,
      },
    })
    this.cluster = new Cluster(this, 'Cluster', {
      vpc: network.vpc,
      containerInsightsV2: ContainerInsights.DISABLED,
    })
    acknowledge(this.cluster, {
      ECS4: 'The alarms use what the tasks write; CPU and memory of each service are metrics of ECS without a charge.',
    })
    const image = ContainerImage.fromDockerImageAsset(asset)
    const linuxParameters = addHealthFolder(this)

    this.services = props.lines.map(({ line, host, port, hostB, portB }) => {
      const task = new FargateTaskDefinition(this, `Task${line}`, {
        cpu: TASK_CPU,
        memoryLimitMiB: TASK_MEMORY,
        runtimePlatform: {
          cpuArchitecture: CpuArchitecture.ARM64,
          operatingSystemFamily: OperatingSystemFamily.LINUX,
        },
      })
      task.addContainer('ingest', {
        image,
        environment: {
          LINE_NUMBER: String(line),
          LINE_HOST: host,
          LINE_PORT: port,
          LINE_HOST_B: hostB,
          LINE_PORT_B: portB,
          LINE_TLS: props.lineTls.mode,
          LINE_CA: props.lineTls.ca,
          STREAM_NAME: props.stream.streamName,
          LANES: String(LANES),
          CONTROL_TABLE: props.control.tableName,
          MARKET_CLOCK: SYSTEM_CLOCK,
          HEALTH_FILE: `${HEALTH_FOLDER}/until`,
        } satisfies IngestEnvironment,
        secrets: secretsOf(secret),
        logging: LogDrivers.awsLogs({ logGroup: log, streamPrefix: `line-${line}` }),
        user: TASK_USER,
        memoryLimitMiB: TASK_MEMORY,
        readonlyRootFilesystem: true,
        linuxParameters,
        stopTimeout: STOP_TIMEOUT,
        healthCheck: {
          command: ['CMD-SHELL', HEALTH_CHECK],
          interval: HEALTH_INTERVAL,
          timeout: HEALTH_TIMEOUT,
          retries: HEALTH_RETRIES,
          startPeriod: HEALTH_START_PERIOD,
        },
      })
      allowWork(task, line, props)
      acknowledge(task, {
        ECS2: 'The environment holds no secret; user and password come from Secrets Manager.',
      })
      acknowledgeWildcard(
        task,
        '*',
        'ecr:GetAuthorizationToken, needed to pull the image, supports no resource.',
      )
      const service = new FargateService(this, `Service${line}`, {
        cluster: this.cluster,
        taskDefinition: task,
        vpcSubnets: { subnets: [...network.subnets] },
        securityGroups: [network.group],
        assignPublicIp: false,
        // No desiredCount: market-hours sets it. An update of the stack then leaves it as it is, and a new service starts
        // with one task (CloudFormation reference, AWS::ECS::Service, DesiredCount).
        minHealthyPercent: MIN_HEALTHY,
        maxHealthyPercent: MAX_HEALTHY[props.tasksALine],
        circuitBreaker: { rollback: true },
        // After a lost zone is back, ECS starts a task there before it stops one elsewhere, which hands over.
        availabilityZoneRebalancing: AvailabilityZoneRebalancing.ENABLED,
        // AWS bills Fargate by the task: without tags its costs belong to nobody.
        propagateTags: PropagatedTagSource.SERVICE,
      })
      // A task needs endpoints, routes and rights to get its image and its login. CloudFormation knows none of these as a need of the
      // service. Tasks that start before would fail, and after the third the circuit breaker ends the first deployment.
      service.node.addDependency(network, task.obtainExecutionRole())
      return service
    })
  }
}

/**
 * Returns the variables of a task that come from the secret of the lines. A task gets their values when it starts. ECS needs one action for
 * it (ECS developer guide, "Required IAM permissions for Amazon ECS secrets"). The grant of CDK allows to describe the secret too.
 */
function secretsOf(secret: ISecret): Record<string, TaskSecret> {
  const grantRead = (grantee: IGrantable): Grant =>
    Grant.addToPrincipal({
      grantee,
      actions: ['secretsmanager:GetSecretValue'],
      resourceArns: [secret.secretArn],
    })
  return Object.fromEntries(
    Object.entries(INGEST_SECRETS).map(([name, member]) => {
      const { arn } = TaskSecret.fromSecretsManager(secret, member)
      return [name, { arn, hasField: true, grantRead }]
    }),
  )
}

/** Allows a task to publish its line, and to hold or watch the lease of the line. */
function allowWork(
  task: FargateTaskDefinition,
  line: number,
  { stream, control, logs }: IngestServicesProps,
): void {
  const statements = [
    {
      // A new task reads from the tail of the stream up to where the previous task published.
      actions: ['kinesis:PutRecords', 'kinesis:ListShards', 'kinesis:GetShardIterator', 'kinesis:GetRecords'],
      resources: [stream.streamArn],
    },
    {
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      resources: [control.tableArn],
      // The table holds the calendar and the state of market-hours too.
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': idsOfLine(line) } },
    },
    {
      actions: ['dynamodb:GetItem'],
      resources: [control.tableArn],
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [CALENDAR_ID] } },
    },
  ]
  for (const statement of statements) {
    task.addToTaskRolePolicy(new PolicyStatement(statement))
    logs.keys.allow(task.taskRole, statement.actions)
  }
}
