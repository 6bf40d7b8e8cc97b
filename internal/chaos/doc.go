// Command chaos lets the SDK work over a network and a server that misbehave, and counts what becomes of its calls:
//
//	make chaos              # the long form: more than 10,000 calls under faults
//	make chaos FORM=-short  # the same in little, as the gate runs it
//
// It prints one line for each kind of fault and fails where a promise was broken: a device created twice or behind
// its caller's back, a failure without a type, a wrong answer, a call that outlived its context, a goroutine or a
// connection left behind. It is a module of its own, so that the SDK does without the proxy in between.
package main
