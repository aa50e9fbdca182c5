/** What a container of the ingest task may do at its kernel: write into one folder, and nothing else. */
import { Capability, LinuxParameters } from 'aws-cdk-lib/aws-ecs'
import type { Construct } from 'constructs'

/**
 * A file system in memory, the only place where a task may write. Fargate has tmpfs since January 2026
 * (https://aws.amazon.com/about-aws/whats-new/2026/01/amazon-ecs-tmpfs-mounts-aws-fargate-managed-instances/). The image
 * must not have this folder: then the mode is the default of the kernel, 1777 (tmpfs(5)), and the user `node` may write.
 */
export const HEALTH_FOLDER = '/health'
/** MiB. The file has eleven bytes. */
const SIZE = 1

/** Returns the parameters of the containers. */
export function addHealthFolder(scope: Construct): LinuxParameters {
  const parameters = new LinuxParameters(scope, 'HealthFolder')
  parameters.addTmpfs({ containerPath: HEALTH_FOLDER, size: SIZE })
  // The program needs no right of the kernel. Fargate allows to drop all (ECS API reference, LinuxParameters), but not the
  // option no-new-privileges (ContainerDefinition, dockerSecurityOptions).
  parameters.dropCapabilities(Capability.ALL)
  return parameters
}
