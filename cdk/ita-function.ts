import { type Duration, RemovalPolicy } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'

/** The functions, by their folders under functions/. */
export const FUNCTION_NAMES = [
  'store-ticks',
  'broadcast',
  'push-room',
  'connect',
  'disconnect',
  'message',
  'delayed-prices',
  'realtime-prices',
  'market-info',
  'market-hours',
  'close-of-day',
] as const
export type FunctionName = (typeof FUNCTION_NAMES)[number]

/** What all functions have in common. */
export interface FunctionSetting {
  readonly marketClock: string
  /** Folder of each function's bundle. */
  readonly bundles: Readonly<Record<FunctionName, string>>
}

export interface FunctionProps extends FunctionSetting {
  readonly name: FunctionName
  /** Of its own, beside what every function has. */
  readonly environment: Readonly<Record<string, string>>
  /** MB. 1,769 MB are one vCPU (Lambda). */
  readonly memory: number
  readonly timeout: Duration
}

/** One Lambda function, with a role of its own that may do nothing but write its log until it is allowed more. */
export class ItaFunction extends Construct {
  readonly lambda: LambdaFunction

  constructor(scope: Construct, id: string, props: FunctionProps) {
    super(scope, id)
    const { name, marketClock, bundles, environment, memory, timeout } = props
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    logGroup.grantWrite(role)
    this.lambda = new LambdaFunction(this, 'Function', {
      code: Code.fromAsset(bundles[name]),
      handler: 'index.handler',
      description: `itastream ${name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memory,
      timeout,
      role,
      logGroup,
      environment: {
        MARKET_CLOCK: marketClock,
        POWERTOOLS_SERVICE_NAME: name,
        POWERTOOLS_METRICS_NAMESPACE: 'itastream',
        NODE_OPTIONS: '--enable-source-maps',
        ...environment,
      },
    })
  }

  /** Allows `actions` on `resources`, and nothing else. */
  allow(actions: readonly string[], resources: readonly string[]): void {
    this.lambda.addToRolePolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }))
  }
}
