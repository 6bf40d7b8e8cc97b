package main

import (
	"context"
	"math"
	"net/http"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/whatspie-go/whatspie"
)

// manyDevices is the length of the list that the memory is measured with.
const manyDevices = 100_000

// memoryUse prints the memory that All and Watch need for many devices.
func memoryUse(out *tabwriter.Writer) {
	body := deviceList(manyDevices)
	section(out, "100,000 devices\tfigure")
	linef(out, "All: peak live heap\t%.3f MiB", float64(peakHeapOfAll(body))/(1<<20))
	perDevice, perPoll := watchCost(body)
	linef(out, "Watch: live heap per device\t%.0f bytes", perDevice)
	linef(out, "Watch: extra allocations of a poll without a change, compared with All\t%.0f", perPoll)
	check(out.Flush())
}

func listClient(body []byte) *whatspie.Client {
	return must(whatspie.NewClient(token, whatspie.WithHTTPClient(&http.Client{Transport: same200(body)})))
}

// same200 responds to every request with status 200 and the same body.
type same200 []byte

func (s same200) RoundTrip(request *http.Request) (*http.Response, error) {
	return memory{"devices": response{http.StatusOK, s}}.RoundTrip(request)
}

// peakHeapOfAll samples the live heap during a range over All.
func peakHeapOfAll(body []byte) int64 {
	const samples = 20
	client, seen, peak := listClient(body), 0, int64(0)
	before := liveHeap()
	for _, err := range client.Devices.All(context.Background()) {
		check(err)
		if seen++; seen%(manyDevices/samples) == 0 {
			peak = max(peak, liveHeap()-before)
		}
	}
	check(sameCount(manyDevices, seen))
	runtime.KeepAlive(body)
	return peak
}

// watchCost returns the live heap per device of a Watch that has delivered its snapshot, and the allocations of a poll
// without a change, minus those of All.
func watchCost(body []byte) (perDevice, perPoll float64) {
	arrived, proceed := make(chan struct{}, 1), make(chan struct{}, 1)
	client := must(whatspie.NewClient(token, whatspie.WithPollInterval(time.Second),
		whatspie.WithHTTPClient(&http.Client{Transport: gate{same200(body), arrived, proceed}})))
	all := mallocs(func() { peakHeapOfAll(body) })
	before, seen := liveHeap(), 0
	proceed <- struct{}{}
	for _, err := range client.Devices.Watch(context.Background()) {
		check(err)
		if seen++; seen == 1 {
			<-arrived
		}
		if seen <= manyDevices { // followed by WatchSynced
			continue
		}
		<-arrived
		perDevice = float64(liveHeap()-before) / manyDevices
		perPoll = mallocs(func() { proceed <- struct{}{}; <-arrived }) - all
		break
	}
	runtime.KeepAlive(body)
	return perDevice, perPoll
}

// gate announces each request, and holds it until it may proceed.
type gate struct {
	http.RoundTripper

	arrived, proceed chan struct{}
}

func (g gate) RoundTrip(request *http.Request) (*http.Response, error) {
	g.arrived <- struct{}{}
	select {
	case <-g.proceed:
		return g.RoundTripper.RoundTrip(request)
	case <-request.Context().Done():
		return nil, request.Context().Err()
	}
}

func mallocs(do func()) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs - before.Mallocs)
}

func liveHeap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(min(stats.HeapAlloc, math.MaxInt64))
}
