/** Scenario: a deployment replaces the ingest tasks before the functions that read the stream. */
import { below, type Random } from '../../../local/exchange/random.ts'
import { envelopesOf, sampleTicks } from '../../functions/stored-market.ts'
import { type Consumer, recordsOf } from '../../next-release/consumer.ts'
import { openDeployment } from '../../next-release/deployment.ts'
import { toNextVersion } from '../../next-release/next-envelope.ts'
import { randomOf } from '../seed.ts'
import type { Outcome, Scenario } from './scenario.ts'

const TICKS = 300
const MOST_TICKS_A_SLICE = 20
const MOST_RECORDS_A_BATCH = 8
/** Refused invocations before the function is replaced. */
const MOST_REFUSALS = 4

/** Cuts items into parts of random lengths. */
export function partsOf<T>(items: readonly T[], most: number, random: Random): T[][] {
  const parts: T[][] = []
  for (let at = 0; at < items.length; ) {
    const until = at + 1 + below(random, most)
    parts.push(items.slice(at, until))
    at = until
  }
  return parts
}

async function run(seed: number): Promise<Outcome> {
  const random = randomOf('next-version-first', seed)
  const ticks = sampleTicks(TICKS, seed)
  const envelopes = envelopesOf(partsOf(ticks, MOST_TICKS_A_SLICE, random))
  const switched = 1 + below(random, envelopes.length - 1)
  const records = recordsOf(
    envelopes.map((bytes, index) => (index < switched ? bytes : toNextVersion(bytes))),
  )
  await using deployment = await openDeployment()
  const { store, broadcast } = deployment
  const receive = async (consumer: Consumer): Promise<number> => {
    consumer.becomeAfter(1 + below(random, MOST_REFUSALS), 'next')
    await consumer.deliver(partsOf(records, MOST_RECORDS_A_BATCH, random))
    return consumer.refused
  }
  const refusals = [await receive(store), await receive(broadcast)]
  const stored = await deployment.compareStored(ticks)
  const received = deployment.compareReceived(ticks)
  const givenUp = store.givenUp + broadcast.givenUp
  return {
    wrong: stored.wrong + received.wrong,
    lost: stored.lost + received.lost + givenUp,
    starved: 0,
    measured: `${records.length - switched} of ${records.length} envelopes of the next version; refused ${refusals[0]} times by store-ticks and ${refusals[1]} by broadcast, then read`,
  }
}

export const nextVersionFirst: Scenario = {
  name: 'next-version-first',
  fault: 'a producer writes envelopes of a version that the consumers read only after their deployment',
  run,
}
