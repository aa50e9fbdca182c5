/** The endpoints through which the tasks reach AWS, each with a policy for what the tasks do and nothing else. */
import { Aws } from 'aws-cdk-lib'
import { CfnVPCEndpoint } from 'aws-cdk-lib/aws-ec2'
import { AnyPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'

/** The only resources that a task uses. All of them are ARNs. */
export interface TaskResources {
  readonly stream: string
  readonly controlTable: string
  readonly logGroup: string
  readonly lineSecret: string
  /** The repository of the image. */
  readonly repository: string
}

/** Services with an interface endpoint in each subnet. */
export const INTERFACE_SERVICES = ['kinesis-streams', 'ecr.api', 'ecr.dkr', 'logs', 'secretsmanager'] as const

export interface VpcEndpointsProps {
  readonly vpcId: string
  readonly subnetIds: readonly string[]
  readonly routeTableId: string
  readonly securityGroupId: string
  readonly resources: TaskResources
}

/**
 * Fargate itself needs no endpoint (ECS developer guide, Amazon ECS interface VPC endpoints). KMS needs none either: Kinesis, Secrets
 * Manager, ECR and CloudWatch Logs call KMS themselves.
 */
export class VpcEndpoints extends Construct {
  constructor(scope: Construct, id: string, props: VpcEndpointsProps) {
    super(scope, id)
    const { vpcId, subnetIds, routeTableId, securityGroupId, resources } = props
    for (const [service, statements] of Object.entries(interfaceStatements(resources)))
      new CfnVPCEndpoint(this, nameOf(service), {
        vpcId,
        vpcEndpointType: 'Interface',
        serviceName: `com.amazonaws.${Aws.REGION}.${service}`,
        subnetIds: [...subnetIds],
        securityGroupIds: [securityGroupId],
        privateDnsEnabled: true,
        policyDocument: new PolicyDocument({ statements }),
      })
    for (const [service, statements] of Object.entries(gatewayStatements(resources)))
      new CfnVPCEndpoint(this, nameOf(service), {
        vpcId,
        vpcEndpointType: 'Gateway',
        serviceName: `com.amazonaws.${Aws.REGION}.${service}`,
        routeTableIds: [routeTableId],
        policyDocument: new PolicyDocument({ statements }),
      })
  }
}

/** Allows principals of this account. Which of them may do it is up to the policies of their roles. */
function allow(actions: readonly string[], ...resources: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    principals: [new AnyPrincipal()],
    actions: [...actions],
    resources: [...resources],
    conditions: { StringEquals: { 'aws:PrincipalAccount': Aws.ACCOUNT_ID } },
  })
}

function interfaceStatements(
  resources: TaskResources,
): Readonly<Record<(typeof INTERFACE_SERVICES)[number], PolicyStatement[]>> {
  const { stream, logGroup, lineSecret, repository } = resources
  // AWS recommends one policy for both endpoints of ECR (ECR user guide, VPC endpoints). The login supports no resource.
  const images = (): PolicyStatement[] => [
    allow(['ecr:GetAuthorizationToken'], '*'),
    allow(['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], repository),
  ]
  return {
    'kinesis-streams': [
      allow(
        ['kinesis:PutRecords', 'kinesis:ListShards', 'kinesis:GetShardIterator', 'kinesis:GetRecords'],
        stream,
      ),
    ],
    'ecr.api': images(),
    'ecr.dkr': images(),
    logs: [allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup)],
    secretsmanager: [allow(['secretsmanager:GetSecretValue'], lineSecret)],
  }
}

function gatewayStatements({ controlTable }: TaskResources): Readonly<Record<string, PolicyStatement[]>> {
  return {
    // Layers of images are in a bucket of ECR. ECR signs the requests, so their principal is not of this account.
    s3: [
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['s3:GetObject'],
        resources: [`arn:${Aws.PARTITION}:s3:::prod-${Aws.REGION}-starport-layer-bucket/*`],
      }),
    ],
    dynamodb: [allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], controlTable)],
  }
}

/** Returns the name of a service as a construct id: `EcrApi`. */
function nameOf(service: string): string {
  return service
    .split(/[.-]/)
    .map(part => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')
}
