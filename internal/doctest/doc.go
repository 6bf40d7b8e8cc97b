// Package doctest tests the documentation of the SDK: every exported name is documented according to the rules, each
// endpoint names its source, its errors and its retries and has an example, the Go code in the documents compiles, the
// tests that the documents name exist, and the recorded public surface is current.
package doctest
