// Command bench tells what the SDK adds to what a program without it would do by hand:
//
//	make bench                # everything
//	make bench FORM=-short    # the same with fewer pairs
//
// Each row compares a call of the SDK with its raw twin: the same request made with net/http, the whole answer read
// with io.ReadAll and decoded with encoding/json into a plain struct. The two take turns, a batch each, and the ratio
// is the median of those of the pairs, so that what else the machine does hits both. The column "noise" is the same
// with the raw twin on both sides: a ratio within it says nothing.
//
// In memory, a RoundTripper has the answer ready, and there is one CPU. Over loopback, a server in another process
// answers, so that its allocations are not counted. Further tables tell how many calls goroutines get through on one
// client, what All and Watch hold in memory, and what the SDK costs a program that does not call it yet. The command is
// a module of its own, and run from its folder; its test holds the counts that do not depend on the machine.
package main
