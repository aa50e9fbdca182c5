/** The secret that proves to the functions that a request came through CloudFront. */
import { CfnParameter, SecretValue } from 'aws-cdk-lib'
import { type CfnSecret, Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { acknowledge } from '../acknowledge.ts'
import type { Keys } from '../data/keys.ts'
import type { ItaFunction } from '../ita-function.ts'

/** Letters and digits of the secret. 48 of 62 characters are 285 bits. */
const LENGTH = 48

export class EdgeHeader extends Construct {
  readonly secretArn: string
  /** The value of the header. The template has a dynamic reference to the secret in its place. */
  readonly value: string

  constructor(scope: Construct, id: string, keys: Keys) {
    super(scope, id)
    const secret = new Secret(this, 'Secret', {
      description: 'CloudFront adds it to requests, and the functions refuse requests without it.',
      generateSecretString: { excludePunctuation: true, passwordLength: LENGTH },
    })
    if (keys.data !== undefined) (secret.node.defaultChild as CfnSecret).kmsKeyId = keys.data.keyArn
    const byHand =
      'A rotation also deploys the distribution: docs/deploy.md has its steps. A function that rotates the secret would need the ' +
      'right to change the distribution.'
    acknowledge(secret, { SMG4: byHand, SecretsManagerRotationEnabled: byHand })
    const version = new CfnParameter(this, 'Version', {
      default: '',
      description: 'Version id of the secret of the edge, after a rotation. Empty: the current version.',
      allowedPattern: '^([0-9A-Za-z-]{32,64})?$',
    })
    version.overrideLogicalId('EdgeHeaderVersion')
    this.secretArn = secret.secretArn
    const value = SecretValue.secretsManager(secret.secretArn, { versionId: version.valueAsString })
    this.value = value.unsafeUnwrap()
  }

  /** Allows a function to read the secret. */
  allow(fn: ItaFunction): void {
    fn.allow(['secretsmanager:GetSecretValue'], [this.secretArn])
  }
}
