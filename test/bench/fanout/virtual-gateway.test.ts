import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualGateway } from '../../../bench/fanout/virtual-gateway.ts'
import { deflated } from '../../../posts/deflate-message.ts'

test('a delivery with a mark counts the bytes of its compressed message, and keeps the JSON', async () => {
  const gateway = createVirtualGateway({ onUpdate() {}, kept: new Set(['a', 'b']), countFrom: 0 })
  const updates = [JSON.stringify({ issue: '7203', bids: Array.from({ length: 100 }, () => [2848, 100]) })]
  const json = `{"type":"updates","updates":[${updates[0]}]}`
  await gateway.push({ updates, events: [], deliveries: [['a', [0], []]] })
  assert.deepEqual([gateway.counts().bytes, gateway.counts().deflating], [json.length, 0])
  await gateway.push({ updates, events: [], deliveries: [['b', [0], [], true]] })
  assert.equal(gateway.counts().bytes, json.length + deflated(json).length)
  assert.deepEqual([gateway.counts().posts, gateway.messages.get('b')], [2, [json]])
})
