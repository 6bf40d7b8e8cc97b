// Package doctest tests what is written about the SDK: that every exported name is documented by the rules, that each endpoint
// names its source, its errors and its retries, that the Go in the documents compiles, and that the recorded public surface is
// the one that users import.
package doctest
