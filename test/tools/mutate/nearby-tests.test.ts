import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearbyTests } from '../../../tools/mutate/nearby-tests.ts'
import { writeFixture } from './fixture.ts'

const FILES = {
  'market/fee.ts': '',
  'market/order.ts': "import { fee } from './fee.ts'",
  'test/market/bill.test.ts': "import { fee } from '../../market/fee.ts'",
  'test/market/fee.test.ts': "import {\n  fee,\n} from '../../market/fee.ts'",
  'test/market/order.test.ts': "import { order } from '../../market/order.ts'",
  'test/bundled.test.ts': "bundle(join(PAGE, 'order.ts'))",
  'test/started.test.ts': "spawn(join(import.meta.dirname, '../market/order.ts'))",
  'test/types.test.ts': "import type {\n  Fee\n} from '../market/fee.ts'",
  'test/other.test.ts': '',
}

test('tests that reach a file come in order of distance, and of likeness of their path', () => {
  using fixture = writeFixture(FILES)
  const nearby = nearbyTests(fixture.root, Object.keys(FILES), file => file.endsWith('.test.ts'))
  assert.deepEqual(nearby('market/fee.ts'), [
    'test/market/fee.test.ts',
    'test/market/bill.test.ts',
    'test/market/order.test.ts',
    'test/bundled.test.ts',
    'test/started.test.ts',
  ])
  assert.deepEqual(nearby('market/order.ts'), [
    'test/market/order.test.ts',
    'test/bundled.test.ts',
    'test/started.test.ts',
  ])
})
