/** The outputs of a stack on AWS. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'

/** Returns the outputs by name, with the credentials and the region of the environment. */
export async function stackOutputs(stack: string): Promise<Readonly<Record<string, string>>> {
  const client = new CloudFormationClient({})
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }))
    const outputs = Stacks?.[0]?.Outputs ?? []
    return Object.fromEntries(
      outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue] as const),
    )
  } finally {
    client.destroy()
  }
}
