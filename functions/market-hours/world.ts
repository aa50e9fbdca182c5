/** Tasks and shards as they are, and moving them. */
import { DescribeServicesCommand, type ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs'
import {
  DescribeStreamSummaryCommand,
  type KinesisClient,
  LimitExceededException,
  ResourceInUseException,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis'
import type { Found, Move } from './phase-plan.ts'

export interface World {
  readonly ecs: ECSClient
  readonly kinesis: KinesisClient
  readonly cluster: string
  readonly services: readonly string[]
  readonly stream: string
}

/** What became of a move: `later` with the reason where a limit or another change stands in the way. */
export type Moved = Move &
  ({ readonly result: 'done' } | { readonly result: 'later'; readonly reason: string })

/** @throws Error when a service is not there. */
export async function findOut({ ecs, kinesis, cluster, services, stream }: World): Promise<Found> {
  const [described, summary] = await Promise.all([
    ecs.send(new DescribeServicesCommand({ cluster, services: [...services] })),
    kinesis.send(new DescribeStreamSummaryCommand({ StreamName: stream })),
  ])
  const missing = described.failures?.map(({ arn, reason }) => `${arn} (${reason})`) ?? []
  if (missing.length > 0)
    throw new Error(`expected services ${services.join(', ')}; missing: ${missing.join(', ')}`)
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

export async function make(move: Move, world: World): Promise<Moved> {
  if (move.move === 'tasks') {
    const { cluster } = world
    await world.ecs.send(new UpdateServiceCommand({ cluster, service: move.service, desiredCount: move.to }))
    return { ...move, result: 'done' }
  }
  try {
    await world.kinesis.send(
      new UpdateShardCountCommand({
        StreamName: world.stream,
        TargetShardCount: move.to,
        ScalingType: 'UNIFORM_SCALING',
      }),
    )
    return { ...move, result: 'done' }
  } catch (error) {
    // Ten calls a rolling day (Kinesis quotas): the shards stay as they are until one is free again.
    if (error instanceof LimitExceededException || error instanceof ResourceInUseException) {
      return { ...move, result: 'later', reason: `${error.name}: ${error.message}` }
    }
    throw error
  }
}
