"""The local cloud: the synthesized app, deployed and running on one machine.

A moto server is the control plane. What moto only pretends to do is done here: Lambda functions,
Batch jobs and training jobs run as processes, events are delivered, stacks are deployed strictly.
`local.cloud` starts, finds and stops it; nothing outside this package knows what it is made of.
"""
