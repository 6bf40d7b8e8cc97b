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

const fleetSize = 100_000

// held prints what the methods for many devices hold while they run.
func held(out *tabwriter.Writer) {
	body := fleet(fleetSize)
	section(out, "100,000 devices\tfigure")
	linef(out, "All: most live heap above the start\t%.3f MiB", float64(heldByAll(body))/(1<<20))
	perDevice, perPoll := watch(body)
	linef(out, "Watch: live heap for a device\t%.0f bytes", perDevice)
	linef(out, "Watch: allocations of a poll without a change, beyond those of All\t%.0f", perPoll)
	check(out.Flush())
}

func fleetClient(body []byte) *whatspie.Client {
	return must(whatspie.NewClient(token, whatspie.WithHTTPClient(&http.Client{Transport: same200(body)})))
}

// same200 answers every request with the same body.
type same200 []byte

func (s same200) RoundTrip(request *http.Request) (*http.Response, error) {
	return memory{"devices": answer{http.StatusOK, s}}.RoundTrip(request)
}

// heldByAll looks at the live heap a few times during a range over All.
func heldByAll(body []byte) int64 {
	const looks = 20
	client, seen, most := fleetClient(body), 0, int64(0)
	before := liveHeap()
	for _, err := range client.Devices.All(context.Background()) {
		check(err)
		if seen++; seen%(fleetSize/looks) == 0 {
			most = max(most, liveHeap()-before)
		}
	}
	check(same(fleetSize, seen))
	runtime.KeepAlive(body)
	return most
}

// watch measures what a Watch holds for a device once its consumer has the snapshot, and what a poll allocates that
// shows nothing new, beyond what All does.
func watch(body []byte) (perDevice, perPoll float64) {
	arrived, turn := make(chan struct{}, 1), make(chan struct{}, 1)
	client := must(whatspie.NewClient(token, whatspie.WithPollInterval(time.Second),
		whatspie.WithHTTPClient(&http.Client{Transport: turns{same200(body), arrived, turn}})))
	all := mallocs(func() { heldByAll(body) })
	before, seen := liveHeap(), 0
	turn <- struct{}{}
	for _, err := range client.Devices.Watch(context.Background()) {
		check(err)
		if seen++; seen == 1 {
			<-arrived
		}
		if seen <= fleetSize { // the devices, and that they were all
			continue
		}
		<-arrived
		perDevice = float64(liveHeap()-before) / fleetSize
		perPoll = mallocs(func() { turn <- struct{}{}; <-arrived }) - all
		break
	}
	runtime.KeepAlive(body)
	return perDevice, perPoll
}

// turns announces each request, and holds it back until it is its turn.
type turns struct {
	http.RoundTripper

	arrived, turn chan struct{}
}

func (t turns) RoundTrip(request *http.Request) (*http.Response, error) {
	t.arrived <- struct{}{}
	select {
	case <-t.turn:
		return t.RoundTripper.RoundTrip(request)
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
