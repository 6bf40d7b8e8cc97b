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
	// crowd is how many loops meet an outage at once.
	crowd        = 100
	outagePeriod = 4 * time.Minute
	loopFleet    = 300
	// mostLoopsInSlot is the share of a fleet of loops that may come back within one slot.
	mostLoopsInSlot = 0.05
)

// requests counts what loops ask for.
type requests struct{ statuses, codes int }

// TestLoopsInAnOutage compares the loops' requests to a server that is well with those to one that is not, in virtual time.
func TestLoopsInAnOutage(t *testing.T) {
	t.Parallel()
	figures := newTable("loops in an outage of "+outagePeriod.String(), "healthy", "outage")
	for _, e := range []struct {
		name    string
		clients int
		loop    func(context.Context, *whatspie.Client, int64)
	}{
		{fmt.Sprintf("%d Pair loops of one client", crowd), 1, pairInVain},
		{fmt.Sprintf("the Watch loops of %d clients", crowd), crowd, watchInVain},
	} {
		healthy, failing := countRequests(t, false, e.clients, e.loop), countRequests(t, true, e.clients, e.loop)
		figures.row("status requests of "+e.name, healthy.statuses, failing.statuses)
		if healthy.codes > 0 {
			figures.row("code requests of "+e.name, healthy.codes, failing.codes)
		}
		if failing.codes > healthy.codes {
			t.Errorf("%s ask for the code %d times in an outage, %d times else", e.name, failing.codes, healthy.codes)
		}
		if failing.statuses > healthy.statuses/2 {
			t.Errorf("%s ask for the status %d times in an outage, %d times else", e.name, failing.statuses, healthy.statuses)
		}
	}
	share := loopStampede(t)
	figures.row(fmt.Sprintf("share of %d Watch loops in the fullest %v after a common Retry-After of 1 s", loopFleet, slot), "", fmt.Sprintf("%.1f %%", 100*share))
	if share > mostLoopsInSlot {
		t.Errorf("%.1f %% of the loops came back within %v", 100*share, slot)
	}
	if problem := figures.print(os.Stdout); problem != "" {
		t.Error(problem)
	}
}

// countRequests runs a crowd of loops, shared out among clients, for a while.
func countRequests(t *testing.T, down bool, clients int, loop func(context.Context, *whatspie.Client, int64)) (count requests) {
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
				return answer(request, http.StatusServiceUnavailable, http.Header{}, ""), nil
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
			for range crowd / clients {
				id := server.AddDevice(whatspie.Device{})
				loops.Go(func() { loop(ctx, client, id) })
			}
		}
		loops.Wait()
	})
	return count
}

func pairInVain(ctx context.Context, client *whatspie.Client, id int64) {
	for ctx.Err() == nil { // a person who tries again
		for _, err := range client.Devices.Pair(ctx, id) {
			_ = err // the requests count
		}
	}
}

func watchInVain(ctx context.Context, client *whatspie.Client, _ int64) {
	for _, err := range client.Devices.Watch(ctx) {
		_ = err // the requests count
	}
}

// loopStampede is stampede for loops.
func loopStampede(t *testing.T) (share float64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var err error
		share, err = stampede(loopFleet, func(client *whatspie.Client) {
			for event, err := range client.Devices.Watch(t.Context()) {
				if err != nil || event.Kind == whatspie.WatchSynced {
					return
				}
			}
		})
		if err != nil {
			t.Error(err)
		}
	})
	return share
}
