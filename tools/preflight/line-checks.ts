/** Checks the lines of a stage: networks, hosts, certificates of their CA. */
import { X509Certificate } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { BlockList } from 'node:net'
import * as v from 'valibot'
import type { NetworkConfig } from '../../cdk/network/network-config.ts'
import { INGEST_SETTINGS } from '../../ingest-task/ingest-config.ts'
import { LINE_NUMBERS } from '../../market/lane.ts'
import { type CheckResult, missing, ok, unknown } from './check-result.ts'
import type { Values } from './parameter-checks.ts'

/** Addresses for documents, TEST-NET-1 of RFC 5737: what a stage has before somebody fills in its networks. */
const PLACEHOLDER = '192.0.2.'

/** A stage without a route has no line. */
const hasLine = (network: NetworkConfig): boolean => network.kind !== 'own' || network.route.kind !== 'none'

export function checkLineNetworks(network: NetworkConfig): CheckResult[] {
  const area = 'line'
  if (!hasLine(network)) return []
  return network.line.cidrs.map(cidr =>
    cidr.startsWith(PLACEHOLDER)
      ? missing(area, `${cidr} reaches nobody`, 'Fill in network.line.cidrs of the stage.')
      : ok(area, `tasks may reach ${cidr}`),
  )
}

/** The addresses of the lines' connections, by the names of their parameters. An empty value of B is the one of A. */
const ENDPOINTS = LINE_NUMBERS.flatMap(line => [
  { host: `LineHost${line}`, port: `LinePort${line}` },
  { host: `LineHost${line}B`, port: `LinePort${line}B` },
])

/** Checks that the tasks may reach the hosts and the ports of the lines: their security group has the networks of the stage alone. */
export async function checkLineHosts(values: Values, network: NetworkConfig): Promise<CheckResult[]> {
  if (!hasLine(network)) return []
  const area = 'line'
  const { line } = network
  const networks = new BlockList()
  for (const cidr of line.cidrs) {
    const [address = '', bits] = cidr.split('/')
    networks.addSubnet(address, Number(bits))
  }
  const { from, to } = line.ports
  const isReached = (port: number): boolean => port >= from && port <= to
  const ports = ENDPOINTS.flatMap(({ port: name }) => {
    const port = values[name] ?? ''
    if (port === '' || isReached(Number(port))) return []
    return [
      missing(area, `${name} ${port} is not in ${from} to ${to}`, 'Change network.line.ports of the stage.'),
    ]
  })
  const hosts = ENDPOINTS.flatMap(({ host: name }) => {
    const host = values[name] ?? ''
    return host === '' ? [] : [checkHost(name, host, networks)]
  })
  return [...(await Promise.all(hosts)), ...ports]
}

/** A name of a private zone is known inside the network of the tasks alone. */
async function checkHost(name: string, host: string, networks: BlockList): Promise<CheckResult> {
  const area = 'line'
  try {
    const { address } = await lookup(host, { family: 4 })
    const found = `${name} ${host} is ${address}`
    if (networks.check(address)) return ok(area, found)
    return missing(
      area,
      `${found}, outside the networks of the lines`,
      'Change network.line.cidrs of the stage.',
    )
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
