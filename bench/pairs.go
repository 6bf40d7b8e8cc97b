package main

import (
	"runtime"
	"slices"
	"time"
)

// clock returns the time since some fixed point.
type clock func() time.Duration

var started = time.Now()

func wallTime() time.Duration { return time.Since(started) }

// ratios are sorted: of the pairs, or of the rates of two crowds.
type ratios []float64

func (r ratios) median() float64 { return r[len(r)/2] }

// quartiles hold the middle half.
func (r ratios) quartiles() (low, high float64) { return r[len(r)/4], r[len(r)*3/4] }

// figures are what a row measures, for one call.
type figures struct {
	base                  time.Duration // the median
	times                 ratios        // of the SDK to the baseline
	baseAllocs, sdkAllocs float64
	baseBytes, sdkBytes   float64
}

// batchTime is about how long one side of a pair takes.
const batchTime = 4 * time.Millisecond

func measure(r row, pairs int, now clock) figures {
	check(r.base())
	check(r.sdk())
	n := max(1, int(batchTime/max(1, timed(r.base, 3, wallTime)/3)))
	var f figures
	f.base, f.times = compare(r.sdk, r.base, n, pairs, now)
	f.baseAllocs, f.baseBytes = allocated(r.base, n)
	f.sdkAllocs, f.sdkBytes = allocated(r.sdk, n)
	return f
}

// compare returns the median time of one call of the second function, and the ratios of the pairs. Who goes first takes
// turns too.
func compare(first, second func() error, n, pairs int, now clock) (time.Duration, ratios) {
	found, times := make(ratios, pairs), make([]time.Duration, pairs)
	for i := range pairs {
		var a, b time.Duration
		if i%2 == 0 {
			a = timed(first, n, now)
			b = timed(second, n, now)
		} else {
			b = timed(second, n, now)
			a = timed(first, n, now)
		}
		found[i], times[i] = float64(a)/float64(max(1, b)), b/time.Duration(n)
	}
	slices.Sort(found)
	slices.Sort(times)
	return times[pairs/2], found
}

func timed(call func() error, n int, now clock) time.Duration {
	start := now()
	for range n {
		check(call())
	}
	return now() - start
}

// allocated counts the allocations and bytes of one call.
func allocated(call func() error, n int) (count, bytes float64) {
	const least = 10
	n = max(n, least)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range n {
		check(call())
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(n), float64(after.TotalAlloc-before.TotalAlloc) / float64(n)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
