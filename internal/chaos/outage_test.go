package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

const (
	// outageLoops is the number of loops that run during an outage.
	outageLoops  = 100
	outagePeriod = 4 * time.Minute
	herdLoops    = 300
	// maxLoopsInSlot is the largest share of the loops that may come back in the same slot.
	maxLoopsInSlot = 0.05
)

// loopFunc runs a loop until the context ends.
type loopFunc func(ctx context.Context, client *whatspie.Client, id int64)

// requestCount is how many requests of each kind the loops send.
type requestCount struct{ statuses, codes int }

// TestLoops_sendFewerRequestsInOutage compares the requests to a healthy server with those to a failing one, in virtual
// time.
func TestLoops_sendFewerRequestsInOutage(t *testing.T) {
	t.Parallel()
	figures := newTable("loops in an outage of "+outagePeriod.String(), "healthy", "outage")
	for _, test := range []struct {
		name    string
		clients int
		loop    loopFunc
	}{
		{fmt.Sprintf("%d Pair loops of one client", outageLoops), 1, pairRepeatedly},
		{fmt.Sprintf("the Watch loops of %d clients", outageLoops), outageLoops, watch},
	} {
		healthy := countRequests(t, false, test.clients, test.loop)
		failing := countRequests(t, true, test.clients, test.loop)
		figures.row("status requests of "+test.name, healthy.statuses, failing.statuses)
		if healthy.codes > 0 {
			figures.row("code requests of "+test.name, healthy.codes, failing.codes)
		}
		if failing.codes > healthy.codes {
			t.Errorf("%s send %d code requests in an outage, %d otherwise", test.name, failing.codes, healthy.codes)
		}
		if failing.statuses > healthy.statuses/2 {
			t.Errorf("%s send %d status requests in an outage, %d otherwise", test.name, failing.statuses, healthy.statuses)
		}
	}
	share, err := herd(t, herdLoops, watchUntilSynced)
	if err != nil {
		t.Error(err)
	}
	figures.row(herdRow(herdLoops, "Watch loops"), "", percent(share))
	if share > maxLoopsInSlot {
		t.Errorf("%s of the loops returned within %v", percent(share), slot)
	}
	if problem := figures.print(os.Stdout); problem != "" {
		t.Error(problem)
	}
}

// countRequests runs the loops, divided among clients, for outagePeriod.
func countRequests(t *testing.T, down bool, clients int, loop loopFunc) (count requestCount) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), outagePeriod)
		defer cancel()
		server := whatspietest.NewServer(whatspietest.WithoutSocket())
		var mu sync.Mutex
		transport := roundTripper(func(request *http.Request) (*http.Response, error) {
			mu.Lock()
			if strings.HasSuffix(request.URL.Path, "/qr") {
				count.codes++
			} else {
				count.statuses++
			}
			mu.Unlock()
			if down {
				return respond(request, http.StatusServiceUnavailable, http.Header{}, ""), nil
			}
			return server.Transport().RoundTrip(request)
		})
		var loops sync.WaitGroup
		for range clients {
			client, err := whatspie.NewClient(server.Token, whatspie.WithHTTPClient(&http.Client{Transport: transport}))
			if err != nil {
				t.Error(err)
				return
			}
			for range outageLoops / clients {
				id := server.AddDevice(whatspie.Device{})
				loops.Go(func() { loop(ctx, client, id) })
			}
		}
		loops.Wait()
	})
	return count
}

// pairRepeatedly pairs again whenever the codes are exhausted, as a person would.
func pairRepeatedly(ctx context.Context, client *whatspie.Client, id int64) {
	for ctx.Err() == nil {
		for _, err := range client.Devices.Pair(ctx, id) {
			_ = err // only the requests matter
		}
	}
}

func watch(ctx context.Context, client *whatspie.Client, _ int64) {
	for _, err := range client.Devices.Watch(ctx) {
		_ = err // only the requests matter
	}
}

func watchUntilSynced(ctx context.Context, client *whatspie.Client) {
	for event, err := range client.Devices.Watch(ctx) {
		if err != nil || event.Kind == whatspie.WatchSynced {
			return
		}
	}
}
