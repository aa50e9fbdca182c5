/** Loaded before a test file: fast-check does not shrink counterexamples. */
import fc from 'fast-check'

fc.configureGlobal({ endOnFailure: true })
