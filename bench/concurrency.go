package main

import (
	"context"
	"encoding/json"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"
)

// spell is how long one side of a pair calls.
const spell = 300 * time.Millisecond

// concurrency prints how many calls so many goroutines get through together, on one client over loopback. The
// baseline has a deadline, as each attempt of the SDK has.
func concurrency(out *tabwriter.Writer, pairs int) {
	base, stop := startServer()
	defer stop()
	section(out, "Get over loopback\tcalls per second by hand\twithout a deadline\tthe SDK\tquartiles\tof waits, in our locks")
	for _, goroutines := range []int{1, 8, 64, 512} {
		e := endpoints{context.Background(), base, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: goroutines}}}
		get := e.devices("get")
		ours := func() error { return second(get.Get(e.ctx, 5)) }
		theirs := e.getWithDeadline
		crowd(goroutines, theirs)
		crowd(goroutines, ours)
		rate, found := compareCrowds(goroutines, ours, theirs, pairs)
		low, high := found.quartiles()
		_, unbounded := compareCrowds(goroutines, e.getByHand(json.Unmarshal), theirs, pairs)
		linef(out, "%d goroutines\t%.0f\t%.2f\t%.2f\t%.2f-%.2f\t%.1f %%", goroutines, rate, unbounded.median(), found.median(),
			low, high, 100*contention(goroutines, ours))
		e.client.CloseIdleConnections()
	}
	check(out.Flush())
}

// crowd lets goroutines call for a while, and returns how many calls there were in a second.
func crowd(goroutines int, call func() error) float64 {
	var calls atomic.Int64
	var all sync.WaitGroup
	start := time.Now()
	for range goroutines {
		all.Go(func() {
			for time.Since(start) < spell {
				check(call())
				calls.Add(1)
			}
		})
	}
	all.Wait()
	return float64(calls.Load()) / time.Since(start).Seconds()
}

// compareCrowds returns the median rate of the second call, and the ratios of the pairs.
func compareCrowds(goroutines int, first, second func() error, pairs int) (float64, ratios) {
	rates, found := make([]float64, pairs), make(ratios, pairs)
	for i := range pairs {
		var a float64
		if i%2 == 0 {
			a = crowd(goroutines, first)
		}
		rates[i] = crowd(goroutines, second)
		if i%2 == 1 {
			a = crowd(goroutines, first)
		}
		found[i] = a / rates[i]
	}
	slices.Sort(rates)
	slices.Sort(found)
	return rates[pairs/2], found
}

// contention is the share of the time spent waiting for mutexes that was spent in those of the SDK.
func contention(goroutines int, call func() error) float64 {
	runtime.SetMutexProfileFraction(1)
	before, beforeAll := waited()
	crowd(goroutines, call)
	after, afterAll := waited()
	runtime.SetMutexProfileFraction(0)
	return float64(after-before) / float64(max(1, afterAll-beforeAll))
}

// waited sums up the mutex profile: what was locked by a function of the SDK, and all.
func waited() (ours, all int64) {
	n, _ := runtime.MutexProfile(nil)
	records := make([]runtime.BlockProfileRecord, 2*n+100)
	n, ok := runtime.MutexProfile(records)
	if !ok {
		panic("the mutex profile grew meanwhile")
	}
	for _, record := range records[:n] {
		all += record.Cycles
		if isOurs(record.Stack()) {
			ours += record.Cycles
		}
	}
	return ours, all
}

// isOurs reports whether the innermost function outside of the runtime and sync is one of the SDK.
func isOurs(stack []uintptr) bool {
	frames := runtime.CallersFrames(stack)
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "sync.") && !strings.HasPrefix(frame.Function, "runtime.") && !strings.HasPrefix(frame.Function, "internal/") {
			return strings.HasPrefix(frame.Function, "github.com/whatspie-go/whatspie.") ||
				strings.HasPrefix(frame.Function, "github.com/whatspie-go/whatspie/internal/")
		}
		if !more {
			return false
		}
	}
}
