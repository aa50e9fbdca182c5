/** One Lambda function with its role, its log and exactly the environment that its settings ask for. */
import { type Duration, Fn, Token } from 'aws-cdk-lib'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  Alias,
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { LIVE_ALIAS } from '../contract/live-alias.ts'
import { METRICS_NAMESPACE, type MetricService } from '../contract/metric-names.ts'
import { type COMMON_SETTINGS, type EnvironmentOf, readSettings, SYSTEM_CLOCK } from '../contract/settings.ts'
import type { Keys } from './data/keys.ts'
import { addLog, type LogSetting } from './data/log-group.ts'
import { FUNCTION_SETTINGS, type FunctionName } from './function-settings.ts'
import { acknowledgeWildcard } from './nag-wildcard.ts'

/** The properties that all functions share. */
export interface FunctionSetting {
  /** Folder of each function's bundle. */
  readonly bundles: Readonly<Record<FunctionName, string>>
  readonly logs: LogSetting
  /** Whether the stage has traces. */
  readonly hasTraces: boolean
}

/** The variables that the function reads, and none of those that every function gets. */
type FunctionEnvironment<Name extends FunctionName> = EnvironmentOf<(typeof FUNCTION_SETTINGS)[Name]>

/** Forbids the variables of `Given` that are not in `Wanted`, also those that came by a spread. */
type NoOther<Wanted, Given> = { readonly [Variable in Exclude<keyof Given, keyof Wanted>]: never }

export interface FunctionProps<Name extends FunctionName, Environment extends FunctionEnvironment<Name>>
  extends FunctionSetting {
  readonly name: Name
  /** The function's settings, in addition to those that every function gets. */
  readonly environment: Environment & NoOther<FunctionEnvironment<Name>, Environment>
  /** MB. 1,769 MB are one vCPU (Lambda). */
  readonly memory: number
  readonly timeout: Duration
  /**
   * Values of parameters in the environment. A changed value makes a new version. CDK makes one for
   * every changed text of the template, but it does not know the values of parameters (aws/aws-cdk#25997).
   */
  readonly parameters?: readonly string[]
  /**
   * Whether Lambda writes its own lines about a call (START, REPORT) only if the call fails. For functions with millions of calls:
   * their durations are metrics of Lambda too.
   */
  readonly logsFailuresOnly?: boolean
  /** Calls at the same time, at most, reserved for the function. Default: what the account has left. */
  readonly concurrency?: number
  /**
   * Whether X-Ray traces calls, if the stage has traces: the first call of each second and 5% of the others. Sampling rules do not change
   * that for Lambda (X-Ray developer guide, "Configuring sampling rules"), so functions with many calls have no traces.
   */
  readonly isTraced?: boolean
}

/** A function whose role may only write the function's log until {@link ItaFunction.allow} adds more. */
export class ItaFunction<
  Name extends FunctionName = FunctionName,
  Environment extends FunctionEnvironment<Name> = FunctionEnvironment<Name>,
> extends Construct {
  /** The function, with its metrics and its role. Nothing invokes it directly. */
  readonly lambda: LambdaFunction
  /** The alias that everything invokes. Lambda keeps provisioned concurrency for an alias or a version only. */
  readonly live: Alias
  readonly #keys: Keys

  constructor(scope: Construct, id: string, props: FunctionProps<Name, Environment>) {
    super(scope, id)
    const { name, bundles, environment, memory, timeout, parameters = [], concurrency } = props
    const { logsFailuresOnly = false, logs } = props
    const isTraced = props.hasTraces && props.isTraced === true
    checkEnvironment(name, environment)
    this.#keys = logs.keys
    const logGroup = addLog(this, 'Log', logs)
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    logGroup.grantWrite(role)
    const common: EnvironmentOf<typeof COMMON_SETTINGS> = { MARKET_CLOCK: SYSTEM_CLOCK }
    this.lambda = new LambdaFunction(this, 'Function', {
      code: Code.fromAsset(bundles[name]),
      handler: 'index.handler',
      description: `itastream ${name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memory,
      timeout,
      ...(concurrency === undefined ? {} : { reservedConcurrentExecutions: concurrency }),
      role,
      logGroup,
      ...(isTraced ? { tracing: Tracing.ACTIVE } : {}),
      // At WARN Lambda leaves out what succeeds (Lambda developer guide, system log level event mapping). Levels need JSON.
      ...(logsFailuresOnly
        ? { loggingFormat: LoggingFormat.JSON, systemLogLevelV2: SystemLogLevel.WARN }
        : {}),
      environment: {
        ...common,
        POWERTOOLS_SERVICE_NAME: name satisfies MetricService,
        POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
        NODE_OPTIONS: '--enable-source-maps',
        ...environment,
      },
      // CloudFormation replaces a version when its description changes (schema of AWS::Lambda::Version).
      ...(parameters.length === 0
        ? {}
        : { currentVersionOptions: { description: Fn.join(' ', [...parameters]) } }),
    })
    if (isTraced) acknowledgeWildcard(this, '*', 'X-Ray knows no resources for traces that are written.')
    this.live = new Alias(this, 'Live', { aliasName: LIVE_ALIAS, version: this.lambda.currentVersion })
  }

  /** Allows `actions` on `resources` with what they need of the key of the data, and nothing else. */
  allow(actions: readonly string[], resources: readonly string[]): void {
    this.lambda.addToRolePolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }))
    this.#keys.allow(this.lambda.role!, actions)
  }

  /** Allows `actions` on the items of a table whose partition keys are `keys`, and on no other items. */
  allowItems(actions: readonly string[], table: Table, keys: readonly string[]): void {
    this.#allowKeys(actions, table, 'ForAllValues:StringEquals', keys)
  }

  /** Allows `actions` on the items of a table whose partition keys start with `prefix`, and on no other items. */
  allowItemsFrom(actions: readonly string[], table: Table, prefix: string): void {
    this.#allowKeys(actions, table, 'ForAllValues:StringLike', [`${prefix}*`])
  }

  #allowKeys(actions: readonly string[], table: Table, operator: string, keys: readonly string[]): void {
    this.lambda.addToRolePolicy(
      new PolicyStatement({
        actions: [...actions],
        resources: [table.tableArn],
        conditions: { [operator]: { 'dynamodb:LeadingKeys': [...keys] } },
      }),
    )
    this.#keys.allow(this.lambda.role!, actions)
  }
}

/**
 * Checks the values that are known at synthesis against the function's settings.
 * @throws SettingsError
 */
function checkEnvironment(
  name: FunctionName,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  const known = Object.entries(FUNCTION_SETTINGS[name]).filter(
    ([variable]) => !Token.isUnresolved(environment[variable]),
  )
  readSettings(Object.fromEntries(known), environment)
}
