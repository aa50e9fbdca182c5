/** The SDK clients of market-hours, whose calls a simulated account answers. No call leaves the process. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { ECSClient } from '@aws-sdk/client-ecs'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { AwsClients } from '../../functions/market-hours/market-resources.ts'
import type { Schedule } from './account-parts.ts'
import type { SimulatedAccount } from './simulated-account.ts'

/** The members of all inputs that the account looks at. */
interface Input extends Partial<Schedule> {
  readonly Name?: string
  readonly services?: readonly string[]
  readonly service?: string
  readonly desiredCount?: number
  readonly TargetShardCount?: number
  readonly FunctionName?: string
  readonly ReservedConcurrentExecutions?: number
  readonly ProvisionedConcurrentExecutions?: number
  readonly UUID?: string
  readonly Enabled?: boolean
  readonly MaximumBatchingWindowInSeconds?: number
  readonly TableName?: string
  readonly WarmThroughput?: { readonly WriteUnitsPerSecond?: number }
  readonly AlarmNames?: readonly string[]
  readonly AlarmName?: string
  readonly StateValue?: string
}

type Calls = Readonly<Record<string, (account: SimulatedAccount, input: Input) => object>>

/** By command. A command that is not here fails. */
const CALLS: Calls = {
  DescribeServicesCommand: (account, { services = [] }) => account.describeService(services[0] ?? ''),
  UpdateServiceCommand: (account, { service = '', desiredCount = 0 }) =>
    account.updateService(service, desiredCount),
  DescribeStreamSummaryCommand: account => account.describeStream(),
  UpdateShardCountCommand: (account, { TargetShardCount = 0 }) => account.updateShards(TargetShardCount),
  GetFunctionConcurrencyCommand: (account, { FunctionName = '' }) => account.getReserved(FunctionName),
  PutFunctionConcurrencyCommand: (account, { FunctionName = '', ReservedConcurrentExecutions = 0 }) =>
    account.putReserved(FunctionName, ReservedConcurrentExecutions),
  DeleteFunctionConcurrencyCommand: (account, { FunctionName = '' }) =>
    account.putReserved(FunctionName, undefined),
  GetProvisionedConcurrencyConfigCommand: (account, { FunctionName = '' }) =>
    account.getProvisioned(FunctionName),
  PutProvisionedConcurrencyConfigCommand: (
    account,
    { FunctionName = '', ProvisionedConcurrentExecutions = 0 },
  ) => account.putProvisioned(FunctionName, ProvisionedConcurrentExecutions),
  DeleteProvisionedConcurrencyConfigCommand: (account, { FunctionName = '' }) =>
    account.deleteProvisioned(FunctionName),
  GetEventSourceMappingCommand: (account, { UUID = '' }) => account.getMapping(UUID),
  UpdateEventSourceMappingCommand: (account, { UUID = '', Enabled, MaximumBatchingWindowInSeconds }) =>
    account.updateMapping(UUID, Enabled, MaximumBatchingWindowInSeconds),
  DescribeTableCommand: (account, { TableName = '' }) => account.describeTable(TableName),
  UpdateTableCommand: (account, { TableName = '', WarmThroughput }) =>
    account.updateTable(TableName, WarmThroughput?.WriteUnitsPerSecond ?? 0),
  DescribeAlarmsCommand: ({ alarms }) => alarms.describe(),
  EnableAlarmActionsCommand: ({ alarms }, { AlarmNames = [] }) => alarms.enable(AlarmNames, true),
  DisableAlarmActionsCommand: ({ alarms }, { AlarmNames = [] }) => alarms.enable(AlarmNames, false),
  SetAlarmStateCommand: ({ alarms }, { AlarmName = '', StateValue = '' }) =>
    alarms.setState(AlarmName, StateValue),
  GetScheduleCommand: (account, { Name = '' }) => account.describeSchedule(Name),
  UpdateScheduleCommand: (account, input) => account.updateSchedule(input),
}

/** Faults of calls. */
export interface CallFaults {
  /** Throws if a call does not reach AWS. */
  before(service: string): void
  /** Returns whether AWS answers a command and does nothing. */
  drops(command: string): boolean
  /** Throws if the answer to a call that AWS has carried out is lost. */
  after(service: string): void
}

/** Returns clients whose calls go to the account, and fail as `faults` says. */
export function simulatedClients(account: SimulatedAccount, faults: CallFaults): AwsClients {
  /** A middleware that answers every command of a service. */
  const answers =
    <In extends object, Out extends object>(service: string) =>
    (_next: unknown, context: { readonly commandName?: string }) =>
    async ({ input }: { readonly input: In }): Promise<{ response: unknown; output: Out }> => {
      const { commandName = '' } = context
      const call = CALLS[commandName]
      if (call === undefined)
        throw new Error(`expected a command that market-hours sends, got ${commandName}`)
      faults.before(service)
      const output = { $metadata: {}, ...(faults.drops(commandName) ? {} : call(account, input)) }
      faults.after(service)
      return { response: undefined, output: output as unknown as Out }
    }
  const options = { region: 'ap-northeast-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }
  const ecs = new ECSClient(options)
  const kinesis = new KinesisClient(options)
  const functions = new LambdaClient(options)
  const tables = DynamoDBDocumentClient.from(new DynamoDBClient(options))
  const cloudWatch = new CloudWatchClient(options)
  const schedules = new SchedulerClient(options)
  const first = { step: 'initialize', priority: 'high' } as const
  ecs.middlewareStack.add(answers('ecs'), first)
  kinesis.middlewareStack.add(answers('kinesis'), first)
  functions.middlewareStack.add(answers('lambda'), first)
  tables.middlewareStack.add(answers('dynamodb'), first)
  cloudWatch.middlewareStack.add(answers('cloudwatch'), first)
  schedules.middlewareStack.add(answers('scheduler'), first)
  return { ecs, kinesis, functions, tables, cloudWatch, schedules }
}
