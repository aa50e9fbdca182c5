import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { usageOfTree } from '../../../bench/local/process-tree.ts'

/** Starts a child of its own, uses some CPU time, and then waits. */
const PARENT = `
const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log(1)'])
child.stdout.once('data', () => {
  for (const end = Date.now() + 100; Date.now() < end; );
  console.log('ready')
})
process.stdin.on('end', () => child.kill()).resume()`

test('the usage of a process includes its descendants', async () => {
  const parent = spawn(process.execPath, ['-e', PARENT], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(parent.stdout, 'data')
  const usage = await usageOfTree(parent.pid!)
  assert.equal(usage.processes, 2)
  assert.ok(usage.memoryMiB > 40, `${usage.memoryMiB} MiB`)
  assert.ok(usage.cpuSeconds >= 0.05, `${usage.cpuSeconds} s`)
  parent.stdin.end()
  await once(parent, 'exit')
  assert.equal((await usageOfTree(parent.pid!)).processes, 0)
})
