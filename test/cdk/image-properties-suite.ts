import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { pathOf } from '../../cdk/paths.ts'
import { faultsOfContainers, faultsOfImage } from '../../tools/check-cloud/properties/image.ts'
import { synthesize } from './synthesis.ts'

const DOCKERFILE = readFileSync(pathOf('ingest-task/Dockerfile'), 'utf8')
const { imageFiles, resources } = synthesize()

/** Returns what is found after a change of the Dockerfile. */
function foundAfter(from: string | RegExp, to: string): string[] {
  const changed = DOCKERFILE.replace(from, to)
  assert.notEqual(changed, DOCKERFILE)
  return faultsOfImage(changed, imageFiles)
}

suite('the properties of the image notice', () => {
  test('a base image by its tag, or by a digest that is too short', () => {
    assert.match(foundAfter(/@sha256:\w+/, '').join(), /^FROM node:24-\S+: expected a digest/)
    assert.match(foundAfter(/(@sha256:\w{63})\w/, '$1').join(), /^FROM .*: expected a digest/)
    assert.match(foundAfter(/^FROM/m, 'FROM scratch\nFROM').join(), /expected one FROM, got 2/)
  })

  test('a program that runs, or a file that is fetched, while the image is built', () => {
    assert.match(foundAfter(/^CMD/m, 'RUN apt-get update\nCMD').join(), /^RUN apt-get update: expected only/)
    assert.match(foundAfter(/^CMD/m, 'ADD https://example.com/x /\nCMD').join(), /^ADD https/)
  })

  test('root, a name instead of a number, and no user at all', () => {
    assert.deepEqual(foundAfter(/^USER .*$/m, 'USER 0:0'), ['USER 0:0: expected a number above 0'])
    assert.deepEqual(foundAfter(/^USER .*$/m, 'USER node'), ['USER node: expected a number above 0'])
    assert.deepEqual(foundAfter(/^USER .*$/m, ''), ['USER root: expected a number above 0'])
  })

  test('a file that is not in the build context, a secret, and a shell as the program', () => {
    assert.match(foundAfter('main.mjs.map', 'other.mjs').join(), /^COPY other\.mjs: expected one of/)
    assert.deepEqual(foundAfter('ENV ', 'ENV LINE_PASSWORD=x '), [
      'ENV LINE_PASSWORD: expected no secret in the image',
    ])
    assert.match(foundAfter(/^CMD .*$/m, 'CMD node main.mjs').join(), /in the exec form, got node main\.mjs/)
  })

  test('a container that may do more', () => {
    const [id, task] = Object.entries(resources).find(([, { Type }]) => Type === 'AWS::ECS::TaskDefinition')!
    const [container] = task.Properties.ContainerDefinitions as [Record<string, unknown>]
    const foundIn = (change: Record<string, unknown>): string =>
      faultsOfContainers({
        [id]: { ...task, Properties: { ContainerDefinitions: [{ ...container, ...change }] } },
      }).join()
    assert.equal(foundIn({}), '')
    assert.match(foundIn({ User: undefined }), /expected a user by a number above 0, got none$/)
    assert.match(foundIn({ User: '0' }), /expected a user by a number above 0, got 0$/)
    assert.match(foundIn({ Memory: undefined }), /expected a limit of memory$/)
    assert.match(foundIn({ Privileged: true }), /expected no privileged container$/)
    assert.match(foundIn({ ReadonlyRootFilesystem: false }), /expected a root file system that is read-only$/)
    assert.match(foundIn({ LinuxParameters: {} }), /expected no capability of the kernel$/)
    const Capabilities = { Add: ['SYS_PTRACE'], Drop: ['ALL'] }
    assert.match(foundIn({ LinuxParameters: { Capabilities } }), /expected no capability of the kernel$/)
  })
})
