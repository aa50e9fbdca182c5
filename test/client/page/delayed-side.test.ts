import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isStatusDue } from '../../../client/page/delayed-side.ts'
import { asEpochMillis } from '../../../market/units.ts'

const NOW = 1_000_000
const ago = (milliseconds: number) => asEpochMillis(NOW - milliseconds)

it('the status is read by a live page only while it hears nothing of the market', () => {
  const due = (heardAt: number | undefined): boolean =>
    isStatusDue(
      { signedIn: true, ...(heardAt === undefined ? {} : { heardAt: ago(heardAt) }) },
      ago(15_000),
      asEpochMillis(NOW),
    )
  assert.equal(due(undefined), true)
  assert.equal(due(14_999), false)
  assert.equal(due(15_000), true)
})

it('the status is read once a minute beside delayed boards', () => {
  const due = (askedAt: number): boolean =>
    isStatusDue({ signedIn: false, heardAt: ago(1) }, ago(askedAt), asEpochMillis(NOW))
  assert.equal(due(NOW), true)
  assert.equal(due(59_999), false)
  assert.equal(due(60_000), true)
})
