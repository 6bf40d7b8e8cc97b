package main

import (
	"runtime"
	"slices"
	"time"
)

// figures are what a row measures.
type figures struct {
	raw                  time.Duration // of one raw call, the median
	ratio, noise         float64       // of times: SDK to raw, and raw to raw
	rawAllocs, sdkAllocs float64       // of one call
	rawBytes, sdkBytes   float64
}

// batchTime is about how long one side of a pair takes.
const batchTime = 4 * time.Millisecond

func measure(r row, pairs int) figures {
	check(r.raw())
	check(r.sdk())
	n := max(1, int(batchTime/max(1, timed(r.raw, 3)/3)))
	var f figures
	f.raw, f.ratio = compare(r.sdk, r.raw, n, pairs)
	_, f.noise = compare(r.raw, r.raw, n, pairs)
	f.rawAllocs, f.rawBytes = allocated(r.raw, n)
	f.sdkAllocs, f.sdkBytes = allocated(r.sdk, n)
	return f
}

// compare returns the median time of one call of the second function, and the median of the ratios of the pairs. Who
// goes first takes turns too.
func compare(first, second func() error, n, pairs int) (time.Duration, float64) {
	ratios, times := make([]float64, pairs), make([]time.Duration, pairs)
	for i := range pairs {
		var a, b time.Duration
		if i%2 == 0 {
			a = timed(first, n)
			b = timed(second, n)
		} else {
			b = timed(second, n)
			a = timed(first, n)
		}
		ratios[i], times[i] = float64(a)/float64(b), b/time.Duration(n)
	}
	slices.Sort(ratios)
	slices.Sort(times)
	return times[pairs/2], ratios[pairs/2]
}

func timed(call func() error, n int) time.Duration {
	start := time.Now()
	for range n {
		check(call())
	}
	return time.Since(start)
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
