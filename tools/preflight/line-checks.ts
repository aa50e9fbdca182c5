/** Looks up the hosts of the lines. */
import { lookup } from 'node:dns/promises'
import { LINE_NUMBERS } from '../../market/lane.ts'
import { type CheckResult, ok, unknown } from './check-result.ts'
import type { Values } from './parameter-checks.ts'

export async function checkLineHosts(values: Values): Promise<CheckResult[]> {
  const hosts = LINE_NUMBERS.flatMap(line =>
    [`LineHost${line}`, `LineHost${line}B`].map(name => [name, values[name] ?? ''] as const),
  )
  return Promise.all(hosts.filter(([, host]) => host !== '').map(([name, host]) => checkHost(name, host)))
}

/** A name of a private zone is known inside the network of the tasks alone. */
async function checkHost(name: string, host: string): Promise<CheckResult> {
  const area = 'line'
  try {
    const { address } = await lookup(host)
    return ok(area, `${name} ${host} is ${address}`)
  } catch (error) {
    return unknown(area, error, `${name}: no address here. Look it up inside the network of the tasks.`)
  }
}
