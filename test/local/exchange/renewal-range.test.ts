import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { marketOrder } from '../../../local/exchange/continuous.ts'
import { createIssueState, type IssueState } from '../../../local/exchange/issue-state.ts'
import { addOrder, rungAt } from '../../../local/exchange/order-book.ts'
import { createRandom } from '../../../local/exchange/random.ts'
import { F } from '../../../market/board.ts'
import { PRICE_SCALE } from '../../../market/units.ts'

const NOON = 12 * 3_600_000_000
const yen = (price: number): number => price * PRICE_SCALE

/** Returns an issue in continuous trading with a base price of 990 yen, a last price and one sell order. */
function issueAt(last: number, ask: number): IssueState {
  const master = {
    code: '7203',
    name: '例',
    section: 'プライム',
    unit: 100,
    basePrice: yen(990),
    topix500: false,
  }
  const state = createIssueState({ master, rank: 0 }, 0, 1, 1, createRandom(1))
  state.mode = 'continuous'
  state.board.values[F.last] = yen(last)
  addOrder(state.book, 'sell', rungAt(state.book, yen(ask)), 1)
  return state
}

function buy(state: IssueState): void {
  marketOrder({ random: createRandom(2), planRenewal() {} }, state, 'buy', 1, NOON)
}

suite('the renewal range', () => {
  test('goes by the last price, not by the base price of the day', () => {
    // From 1,050 yen a step may be 30 yen. By the base price of 990 yen it would be 15 yen.
    const allowed = issueAt(1_050, 1_080)
    buy(allowed)
    assert.deepEqual([allowed.mode, allowed.board.values[F.last]], ['continuous', yen(1_080)])

    const tooFar = issueAt(1_050, 1_081)
    buy(tooFar)
    assert.deepEqual([tooFar.mode, tooFar.board.values[F.last]], ['special', yen(1_050)])
    assert.equal(tooFar.book.prices[tooFar.quote], yen(1_080))
  })

  test('is smaller after a fall below 1,000 yen', () => {
    const state = issueAt(980, 996)
    buy(state)
    assert.deepEqual([state.mode, state.book.prices[state.quote]], ['special', yen(995)])
  })
})
