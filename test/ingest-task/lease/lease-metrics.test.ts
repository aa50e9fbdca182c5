import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leaseFiguresOf } from '../../../ingest-task/lease/lease-metrics.ts'

test('a holder reports the age of its lease, and a standby whether it is ready', () => {
  const holder = { isHolder: true, isReady: false, ageMs: 120.4, takeOvers: 1 }
  assert.deepEqual(leaseFiguresOf(0, holder), {
    Holder: { unit: 'Count', value: 1 },
    TakeOvers: { unit: 'Count', value: 1 },
    LeaseAge: { unit: 'Milliseconds', value: 120 },
  })
  assert.deepEqual(leaseFiguresOf(1, holder).TakeOvers, { unit: 'Count', value: 0 })
  const standby = { isHolder: false, isReady: true, ageMs: undefined, takeOvers: 0 }
  assert.deepEqual(leaseFiguresOf(0, standby), {
    Holder: { unit: 'Count', value: 0 },
    StandbyReady: { unit: 'Count', value: 1 },
    TakeOvers: { unit: 'Count', value: 0 },
  })
})
