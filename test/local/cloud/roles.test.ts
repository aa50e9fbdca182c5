import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { readPattern } from '../../../local/cloud/iam/iam-pattern.ts'
import { openRoles, type Roles } from '../../../local/cloud/iam/roles.ts'
import { openStack } from '../../../local/cloud/template/stack.ts'
import { att, type Resources, ref, role } from './assembly-fixture.ts'

const BUCKET = 'arn:aws:s3:::b'
const allowAll = { Effect: 'Allow', Action: 's3:*', Resource: '*' }

function rolesOf(resources: Resources): Roles {
  const assembly = { template: { Resources: resources }, stackName: 'Test' }
  const options = { parameters: {}, addresses: { apis: new Map<string, string>(), endpointUrl: '' } }
  return openRoles(
    openStack({ ...options, assembly: assembly as unknown as Parameters<typeof openStack>[0]['assembly'] }),
  )
}

/** Returns what the role `app` may do, and what is ignored. */
function appOf(resources: Resources): {
  allows: (action: string, resource: string) => boolean
  ignored: readonly string[]
} {
  const roles = rolesOf(resources)
  const { permissions } = roles.role('arn:aws:iam::000000000000:role/Test-app', 'test')
  return { allows: permissions.allows, ignored: roles.ignored }
}

/** Returns the role `app` with further properties. */
function appRole(statements: readonly object[], properties: object): Resources {
  const resources = role('app', statements)
  return {
    ...resources,
    app: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {}, ...properties } },
  }
}

suite('roles of a template', () => {
  test('have a managed policy of the template that they or the policy name, a Deny in it included', () => {
    const deny = { Statement: { Effect: 'Deny', Action: 's3:DeleteObject', Resource: '*' } }
    const policy = (properties: object): Resources => ({
      noDelete: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: deny, ...properties } },
    })
    for (const resources of [
      { ...appRole([allowAll], { ManagedPolicyArns: [ref('noDelete')] }), ...policy({}) },
      {
        ...appRole([allowAll], { ManagedPolicyArns: [att('noDelete', 'PolicyArn')] }),
        ...policy({ ManagedPolicyName: 'n' }),
      },
      { ...appRole([allowAll], {}), ...policy({ Roles: [ref('app')] }) },
    ]) {
      const { allows, ignored } = appOf(resources)
      assert.deepEqual([allows('s3:GetObject', BUCKET), allows('s3:DeleteObject', BUCKET)], [true, false])
      assert.deepEqual(ignored, [])
    }
  })

  test('name what has no effect: boundaries, variables, conditions and policies of AWS', () => {
    const resource = [`arn:aws:s3:::\${aws:username}/*`, `arn:aws:s3:::\${aws:username}`]
    const statements = [
      { Effect: 'Deny', Action: 's3:GetObject', Resource: resource },
      { Effect: 'Allow', Action: 's3:*', NotResource: `arn:\${aws:PrincipalTag/team}`, Condition: {} },
    ]
    const managed = [
      'arn:aws:iam::aws:policy/AdministratorAccess',
      'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
    ]
    const { ignored } = appOf(
      appRole(statements, { PermissionsBoundary: 'arn:aws:iam::aws:policy/X', ManagedPolicyArns: managed }),
    )
    assert.deepEqual(ignored, [
      'app: conditions of its policy',
      `app: the policy variable \${aws:username}`,
      `app: the policy variable \${aws:PrincipalTag/team}`,
      'app.PermissionsBoundary',
      'app: arn:aws:iam::aws:policy/AdministratorAccess',
    ])
  })

  test('refuse a statement that IAM refuses: without resource or action, or with both kinds', () => {
    for (const [statement, missing] of [
      [{ Effect: 'Deny', Action: 's3:*' }, 'Resource or NotResource'],
      [{ ...allowAll, NotResource: '*' }, 'Resource or NotResource'],
      [{ Effect: 'Deny', Resource: '*' }, 'Action or NotAction'],
      [{ ...allowAll, NotAction: 's3:*' }, 'Action or NotAction'],
    ] as const) {
      assert.throws(
        () => rolesOf(role('app', [statement])),
        new RegExp(`appPolicy: .*expected either ${missing}`),
      )
    }
  })
})

suite('a pattern of IAM', () => {
  test('matches like a simple search for every way to fill its wildcards', () => {
    const isMatch = (pattern: string, text: string): boolean => {
      if (pattern === '') return text === ''
      const [first, rest] = [pattern[0], pattern.slice(1)]
      if (first === '*') return isMatch(rest, text) || (text !== '' && isMatch(pattern, text.slice(1)))
      return text !== '' && (first === '?' || first === text[0]) && isMatch(rest, text.slice(1))
    }
    const short = (...characters: string[]) =>
      fc.array(fc.constantFrom(...characters), { maxLength: 8 }).map(list => list.join(''))
    fc.assert(
      fc.property(short('a', 'b', '*', '?'), short('a', 'b'), (pattern, text) => {
        assert.equal(readPattern(pattern, true).matches(text), isMatch(pattern, text))
      }),
      { numRuns: 2_000 },
    )
  })

  test('has escaped wildcards, takes other characters literally, and folds the case of actions only', () => {
    for (const [pattern, text, expected] of [
      [`a\${*}b`, 'a*b', true],
      [`a\${*}b`, 'axb', false],
      [`a\${?}b`, 'a?b', true],
      [`a\${?}b`, 'axb', false],
      [`a\${$}{x}`, `a\${x}`, true],
      ['a.b+(c)[d]', 'a.b+(c)[d]', true],
      ['a.b', 'axb', false],
      ['a*', 'a\nb', true],
      ['Get', 'get', false],
    ] as const) {
      assert.equal(readPattern(pattern, true).matches(text), expected, `${pattern} ${text}`)
    }
    assert.ok(readPattern('s3:Get*', false).matches('S3:getObject'))
  })

  test('with many wildcards takes no time', () => {
    const start = performance.now()
    assert.ok(!readPattern(`${'*a'.repeat(20)}b`, true).matches('a'.repeat(2_000)))
    assert.ok(performance.now() - start < 1_000)
  })
})
