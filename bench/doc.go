// Command bench measures what the SDK adds to what a program without it would do by hand:
//
//	make bench                # everything
//	make bench FORM=-short    # the same with fewer pairs
//
// Each row compares a call of the SDK with a baseline: the same request made with net/http, the whole response read with
// io.ReadAll and decoded with encoding/json, or another decoder, into a plain struct. Some rows compare two ways of the SDK
// with each other. The two take turns, a batch each, and the ratio is the median of those of the pairs; half of the pairs
// lie between the quartiles.
//
// In memory, a RoundTripper has the response ready, there is one CPU, and CPU time is compared, so that other programs on
// the machine hardly matter. Over loopback, a server in another process responds, so that its allocations are not counted.
// Further tables show how many calls goroutines get through on one client, what All and Watch hold in memory, and what the
// SDK adds to a binary. The command is a module of its own and runs in its folder; its test holds the counts that do not
// depend on the machine.
package main
