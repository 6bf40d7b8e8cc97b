// Command bench compares calls of the SDK with the same calls made by hand:
//
//	make bench                # everything
//	make bench FORM=-short    # the same with fewer pairs
//
// Each row compares a call of the SDK with a baseline: the same request made with net/http, the response read with
// io.ReadAll and decoded into a plain struct with encoding/json or the decoder that the row names. Some rows compare
// two calls of the SDK. Batches of both alternate. The ratio is the median of the pairs; half of the pairs lie between
// the quartiles.
//
// The rows in memory use a RoundTripper with a prepared response, one CPU, and CPU time, so that other programs on the
// machine hardly matter. The rows over loopback use a server in another process, so that its allocations are not
// counted. Further tables show the throughput of goroutines that share a client, the memory that All and Watch need,
// and what the SDK adds to a binary. The command is a module of its own and must run in its own directory. Its test
// limits the counts that do not depend on the machine.
package main
