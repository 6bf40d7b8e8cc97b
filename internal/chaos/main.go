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

// scale is the amount of work.
type scale struct {
	workload  workload
	cutStep   int
	pairings  int
	schedules uint64
	loadTime  time.Duration
}

func main() {
	short := flag.Bool("short", false, "run a small sample of every experiment")
	testing.Init()
	flag.Parse()
	w := workload{calls: 360, workers: 8, deadline: 600 * time.Millisecond}
	s := scale{workload: w, cutStep: 1, pairings: 20, schedules: 100, loadTime: time.Minute}
	if *short {
		w.calls = 36
		s = scale{workload: w, cutStep: 29, pairings: 2, schedules: 10, loadTime: 5 * time.Second}
	}
	all := func(string, string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{{Name: "chaos", F: s.test}}, nil, nil) // synctest works only in tests
}

func (s scale) test(t *testing.T) {
	t.Helper()
	violations := slices.DeleteFunc(s.run(t, os.Stdout), func(violation string) bool { return violation == "" })
	if len(violations) > 0 {
		t.Error("violated guarantees:\n" + strings.Join(violations, "\n"))
	}
}

// run prints the tables and returns the violations. Some of them may be empty.
func (s scale) run(t *testing.T, out io.Writer) []string {
	t.Helper()
	hostileTable, hostileViolations := hostile() // first, before other experiments use the heap that it measures
	tallies := slices.Concat(
		networkFaults(s.workload),
		[]*tally{retryIfLate(func() *tally { return restarts(s.workload) }), pairings(s.pairings)},
		connectionFaults(s.workload),
		[]*tally{cutResponses(byLength, s.cutStep), cutResponses(byChunks, s.cutStep), cutResponses(byClose, s.cutStep)},
		[]*tally{mixedLoad(s.loadTime)},
	)
	faultTable, total := newFaultTable(), newTally("total")
	for _, one := range tallies {
		one.row(faultTable)
		total.add(one)
	}
	total.row(faultTable)
	overloadTable, overloadViolations := overload(t)
	screenTable, screenViolations := screens(t, s.schedules)
	return slices.Concat(total.violations, hostileViolations, overloadViolations, screenViolations,
		[]string{faultTable.print(out), hostileTable.print(out), overloadTable.print(out), screenTable.print(out)})
}
