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

// callingTime is how long one side of a pair makes calls.
const callingTime = 300 * time.Millisecond

// concurrency prints the throughput of goroutines that share one client over loopback. The baseline has a deadline, as
// each attempt of the SDK has.
func concurrency(out *tabwriter.Writer, pairs int) {
	base, stop := startServer()
	defer stop()
	section(out, "goroutines, Get over loopback\tcalls per second by hand\tby hand, without a deadline (ratio)\tSDK (ratio)\tquartiles\tlock waits in the SDK")
	for _, goroutines := range []int{1, 8, 64, 512} {
		e := endpoints{context.Background(), base, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: goroutines}}}
		get := e.devices("get")
		rate := func(call func() error) func() float64 {
			return func() float64 { return throughput(goroutines, call) }
		}
		sdk := func() error { return second(get.Get(e.ctx, 5)) }
		byHand, withoutDeadline := rate(e.getWithDeadline), rate(e.getByHand(json.Unmarshal))
		byHand() // opens the connections
		rate(sdk)()
		median, sdkRatios := compare(rate(sdk), byHand, pairs)
		low, high := sdkRatios.quartiles()
		_, withoutRatios := compare(withoutDeadline, byHand, pairs)
		linef(out, "%d\t%.0f\t%.2f\t%.2f\t%.2f-%.2f\t%.1f %%", goroutines, median, withoutRatios.median(),
			sdkRatios.median(), low, high, 100*contention(goroutines, sdk))
		e.client.CloseIdleConnections()
	}
	check(out.Flush())
}

// throughput lets goroutines make calls for callingTime, and returns the calls per second.
func throughput(goroutines int, call func() error) float64 {
	var calls atomic.Int64
	var running sync.WaitGroup
	start := time.Now()
	for range goroutines {
		running.Go(func() {
			for time.Since(start) < callingTime {
				check(call())
				calls.Add(1)
			}
		})
	}
	running.Wait()
	return float64(calls.Load()) / time.Since(start).Seconds()
}

// contention returns the SDK's share of the time that goroutines wait for mutexes.
func contention(goroutines int, call func() error) float64 {
	runtime.SetMutexProfileFraction(1)
	sdkBefore, allBefore := mutexCycles()
	throughput(goroutines, call)
	sdk, all := mutexCycles()
	runtime.SetMutexProfileFraction(0)
	return float64(sdk-sdkBefore) / float64(max(1, all-allBefore))
}

// mutexCycles sums up the mutex profile: the waits for mutexes of the SDK, and all waits.
func mutexCycles() (sdk, all int64) {
	n, _ := runtime.MutexProfile(nil)
	records := make([]runtime.BlockProfileRecord, 2*n+100)
	n, ok := runtime.MutexProfile(records)
	if !ok {
		panic("the mutex profile grew meanwhile")
	}
	for _, record := range records[:n] {
		all += record.Cycles
		if isSDK(record.Stack()) {
			sdk += record.Cycles
		}
	}
	return sdk, all
}

// isSDK reports whether the innermost function outside of the runtime and sync belongs to the SDK.
func isSDK(stack []uintptr) bool {
	frames := runtime.CallersFrames(stack)
	for {
		frame, more := frames.Next()
		name := frame.Function
		isRuntime := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
		if !slices.ContainsFunc([]string{"sync.", "runtime.", "internal/"}, isRuntime) {
			return strings.HasPrefix(name, "github.com/whatspie-go/whatspie.") ||
				strings.HasPrefix(name, "github.com/whatspie-go/whatspie/internal/")
		}
		if !more {
			return false
		}
	}
}
