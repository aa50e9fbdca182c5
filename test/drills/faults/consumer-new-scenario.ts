/** Scenario: the functions are replaced before the ingest tasks, then rolled back, then replaced again. */
import { below } from '../../../local/exchange/random.ts'
import { envelopesOf, sampleTicks } from '../../functions/stored-market.ts'
import { recordsOf } from '../../next-release/consumer.ts'
import { openDeployment } from '../../next-release/deployment.ts'
import { randomOf } from '../seed.ts'
import { partsOf } from './next-version-first-scenario.ts'
import type { Outcome, Scenario } from './scenario.ts'

const TICKS = 300
const MOST_TICKS_A_SLICE = 20
const MOST_RECORDS_A_BATCH = 8

async function run(seed: number): Promise<Outcome> {
  const random = randomOf('consumer-new', seed)
  const ticks = sampleTicks(TICKS, seed)
  const records = recordsOf(envelopesOf(partsOf(ticks, MOST_TICKS_A_SLICE, random)))
  const middle = 1 + below(random, records.length - 1)
  await using deployment = await openDeployment()
  const { store, broadcast } = deployment
  for (const consumer of [store, broadcast]) {
    await consumer.deliver(partsOf(records.slice(0, middle), MOST_RECORDS_A_BATCH, random))
    await consumer.become('next')
    await consumer.deliver(partsOf(records.slice(middle), MOST_RECORDS_A_BATCH, random))
  }
  // After the rollback a batch comes again, shorter. The old function cannot read what the new one has stored after it.
  const again = records.slice(middle, -1)
  await store.become('current')
  store.becomeAfter(1, 'next')
  await store.deliver(again.length === 0 ? [records.slice(middle)] : [again])
  const stored = await deployment.compareStored(ticks)
  const received = deployment.compareReceived(ticks)
  return {
    wrong: stored.wrong + received.wrong,
    lost: stored.lost + received.lost + store.givenUp + broadcast.givenUp,
    starved: 0,
    measured: `${middle} of ${records.length} envelopes before the deployment; ${store.refused} refused after the rollback`,
  }
}

export const consumerNew: Scenario = {
  name: 'consumer-new',
  fault: 'consumers of the next release read envelopes of this one, and are rolled back for a moment',
  run,
}
