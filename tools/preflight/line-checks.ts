/** Checks the lines of a stage: networks, hosts, certificates of their CA. */
import { X509Certificate } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import * as v from 'valibot'
import type { NetworkConfig } from '../../cdk/network/network-config.ts'
import { INGEST_SETTINGS } from '../../ingest-task/ingest-config.ts'
import { LINE_NUMBERS } from '../../market/lane.ts'
import { type CheckResult, missing, ok, unknown } from './check-result.ts'
import type { Values } from './parameter-checks.ts'

/** Addresses for documents, TEST-NET-1 of RFC 5737: what a stage has before somebody fills in its networks. */
const PLACEHOLDER = '192.0.2.'

/** A stage without a route has no line. */
export function checkLineNetworks(network: NetworkConfig): CheckResult[] {
  const area = 'line'
  if (network.kind === 'own' && network.route.kind === 'none') return []
  return network.line.cidrs.map(cidr =>
    cidr.startsWith(PLACEHOLDER)
      ? missing(area, `${cidr} reaches nobody`, 'Fill in network.line.cidrs of the stage.')
      : ok(area, `tasks may reach ${cidr}`),
  )
}

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

/** A task reads the certificates when it starts, which may be hours after a deployment. */
export function checkLineTls({ LineTls, LineCa }: Values): CheckResult[] {
  const area = 'line'
  if (LineTls !== 'on') {
    return LineCa ? [missing(area, 'LineCa without LineTls=on', 'Add --parameters LineTls=on.')] : []
  }
  const read = v.safeParse(INGEST_SETTINGS.LINE_CA, LineCa)
  if (!read.success) {
    return [missing(area, `LineCa: ${read.issues[0].message}`, 'Give the certificates of the CA in PEM.')]
  }
  if (read.output.length === 0) return [ok(area, 'TLS with certificates of public CAs')]
  return read.output.map(pem => {
    const { subject, validTo } = new X509Certificate(pem)
    return Date.parse(validTo) > Date.now()
      ? ok(area, `TLS with certificates of ${subject}, valid until ${validTo}`)
      : missing(area, `LineCa: ${subject} was valid until ${validTo}`, 'Ask the provider for the new CA.')
  })
}
