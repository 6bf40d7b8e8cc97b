package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// form is how much of everything is done.
type form struct {
	faulted  workload
	cutStep  int
	pairings int
	load     time.Duration
}

func main() {
	short := flag.Bool("short", false, "do a little of everything")
	flag.Parse()
	f := form{faulted: workload{calls: 360, workers: 8, deadline: 600 * time.Millisecond}, cutStep: 1, pairings: 20, load: time.Minute}
	if *short {
		f = form{faulted: workload{calls: 36, workers: 8, deadline: 600 * time.Millisecond}, cutStep: 29, pairings: 2, load: 5 * time.Second}
	}
	broken := slices.DeleteFunc(f.run(os.Stdout), func(promise string) bool { return promise == "" })
	if len(broken) > 0 {
		fmt.Fprintln(os.Stderr, "\nbroken promises:\n"+strings.Join(broken, "\n"))
		os.Exit(1)
	}
}

// run prints the tables and returns the promises that were broken.
func (f form) run(out io.Writer) []string {
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
	for _, t := range tallies {
		t.row(faults)
		sum.add(t)
	}
	sum.row(faults)
	figures, overloaded := overload()
	return slices.Concat(sum.broken, broken, overloaded, []string{faults.print(out), hurt.print(out), figures.print(out)})
}
