/** The rights of services of AWS that have no stand-in: backups, releases, and logs of the gateway and of the network. */
import { each, key, type RightsTable, SERVICE_DEMANDS } from './notice.ts'

/** Functions that CodeDeploy moves to a new version. */
const RELEASED = [
  'RestDelayedPrices',
  'RestRealtimePrices',
  'RestMarketInfo',
  'RealtimeConnect',
  'RealtimeMessage',
  'RealtimeDisconnect',
]

export const ACCOUNT_RIGHTS: RightsTable = {
  Backups: {
    ...each(
      [
        ...['Control', 'Users'].flatMap(table => [
          ...['CreateBackup', 'DescribeTable', 'ListTagsOfResource', 'StartAwsBackupJob'].map(
            action => `dynamodb:${action} on Tables${table}`,
          ),
          `dynamodb:DeleteBackup on Tables${table}/backup/*`,
          `dynamodb:DescribeBackup on Tables${table}/backup/*`,
        ]),
        'backup:CopyIntoBackupVault on BackupsVault',
        'backup:DescribeBackupVault on BackupsVault',
        'backup:TagResource on recovery-point:*',
        'kms:DescribeKey on KeysData',
        'kms:CreateGrant on KeysData [true]',
      ],
      SERVICE_DEMANDS,
    ),
    ...key('Data', 'backup', 'Decrypt', 'GenerateDataKey'),
    ...key('Data', 'dynamodb', 'Decrypt', 'GenerateDataKey'),
  },
  IngestNetworkOwnFlowLog: each(
    ['CreateLogStream', 'DescribeLogStreams', 'PutLogEvents'].map(
      action => `logs:${action} on IngestNetworkOwnFlowLogs`,
    ),
    SERVICE_DEMANDS,
  ),
  RealtimeLog: each(
    [
      'CreateLogGroup',
      'CreateLogStream',
      'DescribeLogGroups',
      'DescribeLogStreams',
      'FilterLogEvents',
      'GetLogEvents',
      'PutLogEvents',
    ].map(action => `logs:${action} on *`),
    SERVICE_DEMANDS,
  ),
  Release: each(
    [
      ...RELEASED.flatMap(fn =>
        ['GetAlias', 'UpdateAlias', 'GetProvisionedConcurrencyConfig'].flatMap(action => [
          `lambda:${action} on ${fn}Function`,
          `lambda:${action} on ${fn}Function:live`,
        ]),
      ),
      'cloudwatch:DescribeAlarms on alarm:*',
    ],
    SERVICE_DEMANDS,
  ),
}
