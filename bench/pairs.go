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

// ratios are the sorted ratios of pairs of measurements.
type ratios []float64

func (r ratios) median() float64 { return r[len(r)/2] }

// quartiles return the bounds of the middle half.
func (r ratios) quartiles() (low, high float64) { return r[len(r)/4], r[len(r)*3/4] }

// figures are the measurements of a row, per call.
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
	perCall := func(call func() error) func() float64 {
		return func() float64 { return max(1, float64(timed(call, n, now))) / float64(n) }
	}
	var f figures
	base, times := compare(perCall(r.sdk), perCall(r.base), pairs)
	f.base, f.times = time.Duration(base), times
	f.baseAllocs, f.baseBytes = allocated(r.base, n)
	f.sdkAllocs, f.sdkBytes = allocated(r.sdk, n)
	return f
}

// compare makes pairs of measurements, and returns the median of the baseline and the ratios of the pairs. Every other
// pair starts with the baseline.
func compare(measured, baseline func() float64, pairs int) (median float64, found ratios) {
	found = make(ratios, pairs)
	bases := make([]float64, pairs)
	for i := range pairs {
		var value float64
		if i%2 == 0 {
			value = measured()
			bases[i] = baseline()
		} else {
			bases[i] = baseline()
			value = measured()
		}
		found[i] = value / bases[i]
	}
	slices.Sort(found)
	slices.Sort(bases)
	return bases[pairs/2], found
}

func timed(call func() error, n int, now clock) time.Duration {
	start := now()
	for range n {
		check(call())
	}
	return now() - start
}

// allocated returns the number and bytes of the allocations of one call, as the average of at least ten.
func allocated(call func() error, n int) (count, bytes float64) {
	const minCalls = 10
	n = max(n, minCalls)
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
