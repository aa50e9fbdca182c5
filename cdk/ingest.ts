import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2'
import { Platform } from 'aws-cdk-lib/aws-ecr-assets'
import {
  Cluster,
  ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  LogDrivers,
  OperatingSystemFamily,
  Secret as TaskSecret,
} from 'aws-cdk-lib/aws-ecs'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Stream } from 'aws-cdk-lib/aws-kinesis'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import type { LineParameters } from './parameters.ts'
import { LANES } from './settings.ts'
import { acknowledgeWildcard } from './wildcard.ts'

/** Time a task has to publish what it received, after SIGTERM. */
const STOP_TIMEOUT = Duration.seconds(60)

export interface IngestProps {
  readonly marketClock: string
  readonly lines: readonly LineParameters[]
  readonly lineUser: string
  readonly stream: Stream
  /** Build context of the image. */
  readonly bundle: string
}

/** One Fargate task a line, awake when market-hours says so. */
export class Ingest extends Construct {
  readonly cluster: Cluster
  readonly services: readonly FargateService[]
  readonly password: Secret

  constructor(scope: Construct, id: string, props: IngestProps) {
    super(scope, id)
    // Public subnets: the tasks open connections and accept none, and a NAT gateway costs more than they do.
    const vpc = new Vpc(this, 'Network', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'public', subnetType: SubnetType.PUBLIC }],
    })
    this.cluster = new Cluster(this, 'Cluster', { vpc, containerInsightsV2: ContainerInsights.ENABLED })
    this.password = new Secret(this, 'LinePassword', {
      description: 'Password at the login of every line. Set it to what the line provider gave out.',
      generateSecretString: { excludePunctuation: true, passwordLength: 32 },
      removalPolicy: RemovalPolicy.DESTROY,
    })
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason: 'No security group lets anything in; the tasks log every connection they open.',
    })
    Validations.of(this.password).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The provider of the line gives the password out; only they can change it.',
    })
    const log = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const image = ContainerImage.fromAsset(props.bundle, { platform: Platform.LINUX_ARM64 })

    this.services = props.lines.map(({ line, host, port }) => {
      const task = new FargateTaskDefinition(this, `Task${line}`, {
        cpu: 256,
        memoryLimitMiB: 512,
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
          LINE_USER: props.lineUser,
          STREAM_NAME: props.stream.streamName,
          LANES: String(LANES),
          MARKET_CLOCK: props.marketClock,
        },
        secrets: { LINE_PASSWORD: TaskSecret.fromSecretsManager(this.password) },
        logging: LogDrivers.awsLogs({ logGroup: log, streamPrefix: `line-${line}` }),
        readonlyRootFilesystem: true,
        stopTimeout: STOP_TIMEOUT,
      })
      task.addToTaskRolePolicy(
        new PolicyStatement({ actions: ['kinesis:PutRecords'], resources: [props.stream.streamArn] }),
      )
      Validations.of(task).acknowledge({
        id: 'AwsSolutions-ECS2',
        reason: 'The environment names the line and the stream; the one secret comes from Secrets Manager.',
      })
      acknowledgeWildcard(task, '*', 'ecr:GetAuthorizationToken, which pulls the image, takes no resource.')
      return new FargateService(this, `Service${line}`, {
        cluster: this.cluster,
        taskDefinition: task,
        vpcSubnets: { subnetType: SubnetType.PUBLIC },
        assignPublicIp: true,
        // market-hours raises it. Never two tasks of a line at once: they would publish every tick twice.
        desiredCount: 0,
        minHealthyPercent: 0,
        maxHealthyPercent: 100,
        circuitBreaker: { rollback: true },
      })
    })
  }
}
