package main

import (
	"flag"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// form is how much of everything is done.
type form struct {
	faulted  workload
	cutStep  int
	pairings int
	screens  uint64
	load     time.Duration
}

func main() {
	short := flag.Bool("short", false, "do a little of everything")
	testing.Init()
	flag.Parse()
	f := form{faulted: workload{calls: 360, workers: 8, deadline: 600 * time.Millisecond}, cutStep: 1, pairings: 20, screens: 100, load: time.Minute}
	if *short {
		f = form{faulted: workload{calls: 36, workers: 8, deadline: 600 * time.Millisecond}, cutStep: 29, pairings: 2, screens: 10, load: 5 * time.Second}
	}
	all := func(string, string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{{Name: "chaos", F: f.test}}, nil, nil) // virtual time is for tests alone
}

func (f form) test(t *testing.T) {
	t.Helper()
	broken := slices.DeleteFunc(f.run(t, os.Stdout), func(promise string) bool { return promise == "" })
	if len(broken) > 0 {
		t.Error("broken promises:\n" + strings.Join(broken, "\n"))
	}
}

// run prints the tables and returns the promises that were broken.
func (f form) run(t *testing.T, out io.Writer) []string {
	t.Helper()
	hurt, broken := hostile() // first, while nothing else is on the heap that it measures
	tallies := slices.Concat(
		networkFaults(f.faulted),
		[]*tally{punctual(func() *tally { return restarts(f.faulted) }), pairings(f.pairings)},
		unreachable(f.faulted),
		[]*tally{cuts(byLength, f.cutStep), cuts(byChunks, f.cutStep), cuts(byClose, f.cutStep)},
		[]*tally{mixedLoad(f.load)},
	)
	faults := newTable("fault", "calls", "succeeded", "failed typed", "untyped", "devices asked", "created",
		"overshoot", "bare timer", "goroutines left", "connections left")
	sum := newTally("all of them")
	for _, one := range tallies {
		one.row(faults)
		sum.add(one)
	}
	sum.row(faults)
	figures, overloaded := overload()
	shown, unseen := screens(t, f.screens)
	return slices.Concat(sum.broken, broken, overloaded, unseen,
		[]string{faults.print(out), hurt.print(out), figures.print(out), shown.print(out)})
}
