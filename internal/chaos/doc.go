// Command chaos runs the SDK over a faulty network and against a faulty server, and counts the outcomes of its calls:
//
//	make chaos              # the long form: more than 10,000 calls under faults
//	make chaos FORM=-short  # a sample of everything, as in make ci
//
// It prints one line per fault, and fails if a guarantee is violated: a device is created twice or without its caller
// knowing, an error has no type, a result is wrong, a call outlives its context, or a goroutine or connection leaks. It
// is a module of its own, so that the SDK does not depend on the proxy.
package main
