/** Reads the number of tasks and shards, and changes it. */
import { DescribeServicesCommand, type ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs'
import {
  DescribeStreamSummaryCommand,
  type KinesisClient,
  LimitExceededException,
  ResourceInUseException,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis'
import type { Move, ResourceState } from './phase-plan.ts'

/** The ECS services and the Kinesis stream that market-hours controls. */
export interface MarketResources {
  readonly ecs: ECSClient
  readonly kinesis: KinesisClient
  readonly cluster: string
  readonly services: readonly string[]
  readonly stream: string
}

/** A move with its result. `later`: a limit or another change prevents the move for now; `reason` names it. */
export type MoveResult = Move &
  ({ readonly result: 'done' } | { readonly result: 'later'; readonly reason: string })

/** @throws Error if a service does not exist. */
export async function readState(resources: MarketResources): Promise<ResourceState> {
  const { ecs, kinesis, cluster, services, stream } = resources
  const [described, summary] = await Promise.all([
    ecs.send(new DescribeServicesCommand({ cluster, services: [...services] })),
    kinesis.send(new DescribeStreamSummaryCommand({ StreamName: stream })),
  ])
  const missing = described.failures?.map(({ arn, reason }) => `${arn} (${reason})`) ?? []
  if (missing.length > 0)
    throw new Error(
      `cluster ${cluster}: expected services ${services.join(', ')}; missing: ${missing.join(', ')}`,
    )
  const { OpenShardCount, StreamStatus } = summary.StreamDescriptionSummary ?? {}
  return {
    services: (described.services ?? []).map(({ serviceName, desiredCount, runningCount }) => ({
      name: serviceName ?? '',
      desired: desiredCount ?? 0,
      running: runningCount ?? 0,
    })),
    stream: { shards: OpenShardCount ?? 0, active: StreamStatus === 'ACTIVE' },
  }
}

export async function applyMove(move: Move, resources: MarketResources): Promise<MoveResult> {
  const { ecs, kinesis, cluster, stream } = resources
  if (move.move === 'tasks') {
    await ecs.send(new UpdateServiceCommand({ cluster, service: move.service, desiredCount: move.to }))
    return { ...move, result: 'done' }
  }
  try {
    await kinesis.send(
      new UpdateShardCountCommand({
        StreamName: stream,
        TargetShardCount: move.to,
        ScalingType: 'UNIFORM_SCALING',
      }),
    )
    return { ...move, result: 'done' }
  } catch (error) {
    // Kinesis allows ten calls in 24 hours (Kinesis quotas). The shard count stays until a call is allowed again.
    if (error instanceof LimitExceededException || error instanceof ResourceInUseException) {
      return { ...move, result: 'later', reason: `${error.name}: ${error.message}` }
    }
    throw error
  }
}
