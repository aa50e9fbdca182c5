/** Checks what the edge of a stage needs. */
import { type ACMClient, DescribeCertificateCommand } from '@aws-sdk/client-acm'
import type { EdgeDomain } from '../../cdk/edge/edge-config.ts'
import { covers } from './certificate-names.ts'
import { type CheckResult, missing, ok, unknown } from './check-result.ts'
import type { Values } from './parameter-checks.ts'

/** CloudFront takes its firewall and its certificate from this region alone (AWS WAF and CloudFront developer guides). */
export const EDGE_REGION = 'us-east-1'

/** Without its ARN, CloudFormation refuses the deployment. */
export function checkFirewall({ WebAclArn = '' }: Values): CheckResult {
  const area = 'firewall'
  if (WebAclArn !== '') return ok(area, WebAclArn)
  return missing(
    area,
    'WebAclArn is empty: the edge needs its firewall',
    'Deploy the stack of the edge first, and give its output WebAclArn: docs/deploy.md.',
  )
}

/** @param acm a client of the edge's region. */
export async function checkCertificate(acm: ACMClient, domain: EdgeDomain): Promise<CheckResult> {
  const area = 'domain'
  const { name, certificateArn } = domain
  const region = certificateArn.split(':')[3]
  if (region !== EDGE_REGION)
    return missing(
      area,
      `${name}: its certificate is in ${region}`,
      `Request a certificate in ${EDGE_REGION}.`,
    )
  try {
    const { Certificate } = await acm.send(new DescribeCertificateCommand({ CertificateArn: certificateArn }))
    const found = `${name}: its certificate is ${Certificate?.Status}`
    if (Certificate?.Status !== 'ISSUED')
      return missing(area, found, 'CloudFront needs a certificate that is ISSUED: see its validation in ACM.')
    // ACM repeats the domain name among the alternative names.
    const { SubjectAlternativeNames: names = [] } = Certificate
    if (names.some(each => covers(each, name))) return ok(area, `${found} for ${names.join(', ')}`)
    return missing(
      area,
      `${name}: its certificate is for ${names.join(', ') || 'no name'}`,
      'Request a certificate for the name, or change edge.domain of the stage: CloudFront refuses the name otherwise.',
    )
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException')
      return missing(area, `${name}: no ${certificateArn}`, 'Change edge.domain of the stage.')
    return unknown(area, error, 'Needs acm:DescribeCertificate.')
  }
}
