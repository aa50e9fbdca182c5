/** The CDK app: one stack, of any account; the region is the one of the exchange unless the environment says another. */
import { App } from 'aws-cdk-lib'
import { Itastream } from './itastream.ts'

const app = new App()
new Itastream(app, 'Itastream', {
  description: 'itastream: the order boards of the whole Tokyo market.',
})
