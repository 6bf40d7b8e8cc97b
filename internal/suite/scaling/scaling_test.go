// Package scaling_test counts the requests that replicas of a service send to the API in a minute of virtual time. The
// tables are in docs/scaling.md.
package scaling_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// TestScaling_watch compares a Watch in each replica with a single one.
func TestScaling_watch(t *testing.T) {
	t.Parallel()
	rows := make([]string, 0, 6)
	for _, devices := range []int{10, 300} {
		one := watchLoad(t, 1, devices)
		for _, replicas := range []int{1, 3, 10} {
			each := watchLoad(t, replicas, devices)
			assert.Equal(t, 20*replicas, each.requests, "requests of %d replicas that watch %d devices", replicas, devices)
			assert.Equal(t, 20, one.requests, "requests of one Watch of %d devices", devices)
			assert.Equal(t, one.bytes*replicas, each.bytes, "bytes of %d replicas", replicas)
			rows = append(rows, fmt.Sprintf("| %d | %d | %d, %d KB | %d, %d KB |",
				replicas, devices, each.requests, each.bytes/1000, one.requests, one.bytes/1000))
		}
	}
	assertDocumented(t, rows)
}

// TestScaling_pages distributes pairing pages over replicas, by device or evenly.
func TestScaling_pages(t *testing.T) {
	t.Parallel()
	byDevice := func(_, device int) int { return device }
	byPage := func(page, _ int) int { return page }
	tests := []struct {
		pages, devices, replicas int
		routing                  string
		route                    func(page, device int) int
		status, codes            int
	}{
		{1, 1, 1, "the only one", byDevice, 19, 12},
		{30, 1, 1, "the only one", byDevice, 19, 12},
		{30, 1, 3, "one by device", byDevice, 19, 12},
		{30, 1, 3, "any", byPage, 57, 36},
		{30, 10, 1, "the only one", byDevice, 19, 120},
		{30, 10, 3, "one by device", byDevice, 57, 120},
		{30, 10, 3, "any", byPage, 57, 360},
	}
	rows := make([]string, 0, len(tests))
	for _, test := range tests {
		status, codes := pageRequests(t, test.pages, test.devices, test.replicas, test.route)
		name := fmt.Sprintf("%d pages of %d devices on %d replicas, routed to %s",
			test.pages, test.devices, test.replicas, test.routing)
		assert.Equal(t, test.status, status, "status requests of %s", name)
		assert.Equal(t, test.codes, codes, "code requests of %s", name)
		rows = append(rows, fmt.Sprintf("| %d | %d | %d | %s | %d | %d |",
			test.pages, test.devices, test.replicas, test.routing, status, codes))
	}
	assertDocumented(t, rows)
}

// assertDocumented prints the rows of a table, and checks that docs/scaling.md contains them.
func assertDocumented(t *testing.T, rows []string) {
	t.Helper()
	table := strings.Join(rows, "\n")
	t.Log("\n" + table)
	page, err := os.ReadFile("../../../docs/scaling.md")
	require.NoError(t, err)
	assert.Contains(t, string(page), "---:|\n"+table+"\n")
}

// load is the number of requests to the API and the size of its responses.
type load struct{ requests, bytes int }

// watchLoad returns the load of a Watch in each replica.
func watchLoad(t *testing.T, replicas, devices int) (l load) {
	t.Helper()
	minute(t, devices, replicas, func(ctx context.Context, clients []*whatspie.Client, start func(func())) {
		for _, client := range clients {
			start(func() {
				for _, err := range client.Devices.Watch(ctx) { // only the requests matter
					if err != nil {
						return
					}
				}
			})
		}
	}, func(requests []whatspietest.Request, bytes int) { l = load{len(requests), bytes} })
	return l
}

// pageRequests opens pages, each on the replica that route returns, and counts the requests for statuses and codes.
func pageRequests(t *testing.T, pages, devices, replicas int, route func(page, device int) int) (status, codes int) {
	t.Helper()
	minute(t, devices, replicas, func(ctx context.Context, clients []*whatspie.Client, start func(func())) {
		handlers := make([]*pairweb.Handler, replicas)
		for i, client := range clients {
			handlers[i] = pairweb.NewHandler(client, func(r *http.Request) (int64, error) {
				return strconv.ParseInt(r.FormValue("id"), 10, 64)
			})
			start(func() { <-ctx.Done(); handlers[i].Close() })
		}
		for page := range pages {
			device := page % devices
			handler := handlers[route(page/devices, device)%replicas]
			request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/events?id="+strconv.Itoa(device+1), nil)
			start(func() { handler.ServeHTTP(httptest.NewRecorder(), request) })
		}
	}, func(requests []whatspietest.Request, _ int) {
		for _, r := range requests {
			if strings.HasSuffix(r.Path, "/qr") {
				codes++
			} else {
				status++
			}
		}
	})
	return status, codes
}

// minute runs replicas, which are clients of one account, for a minute, and passes their requests and bytes to count.
func minute(t *testing.T, devices, replicas int,
	run func(ctx context.Context, clients []*whatspie.Client, start func(func())), count func([]whatspietest.Request, int),
) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		api := whatspietest.NewServer(whatspietest.WithoutSocket(), whatspietest.WithQRRotation())
		defer api.Close()
		for i := range devices {
			api.AddDevice(whatspie.Device{Name: "Number " + strconv.Itoa(i+1)})
		}
		meter := &meter{next: api.Transport()}
		clients := make([]*whatspie.Client, replicas)
		for i := range clients {
			clients[i] = api.Client(whatspie.WithHTTPClient(&http.Client{Transport: meter}))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute-time.Millisecond)
		defer cancel()
		var running sync.WaitGroup
		run(ctx, clients, running.Go)
		running.Wait()
		require.ErrorIs(t, ctx.Err(), context.DeadlineExceeded, "a loop ended early")
		count(api.Requests(), int(meter.bytes.Load()))
	})
}

// meter is a transport that counts the bytes of response bodies.
type meter struct {
	next  http.RoundTripper
	bytes atomic.Int64
}

func (m *meter) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := m.next.RoundTrip(r)
	if err == nil {
		response.Body = &meteredBody{response.Body, m}
	}
	return response, err
}

type meteredBody struct {
	io.ReadCloser

	meter *meter
}

func (b *meteredBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.meter.bytes.Add(int64(n))
	return n, err
}
