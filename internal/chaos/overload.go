package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/whatspie-go/whatspie"
)

const (
	outageCallers = 100
	outageCalls   = 20
	herdClients   = 2000
	slot          = 10 * time.Millisecond
	// maxClientsInSlot is the largest share of the clients that may come back in the same slot.
	maxClientsInSlot = 0.02
)

// overload measures the load that the SDK puts on a failing server.
func overload(t *testing.T) (figures *table, violations []string) {
	t.Helper()
	with, err := requestsPerCall(0)
	without, errWithout := requestsPerCall(whatspie.NoRetryBudget)
	share, errShare := herd(t, herdClients, func(ctx context.Context, client *whatspie.Client) {
		_, _ = client.Devices.List(ctx) // herd counts the clients that return
	})
	if err := errors.Join(err, errWithout, errShare); err != nil {
		violations = append(violations, err.Error())
	}
	figures = newTable("overload", "figure")
	calls := fmt.Sprintf("requests per call in an outage, %d callers of %d calls each, ", outageCallers, outageCalls)
	figures.row(calls+"retry budget on", fmt.Sprintf("%.2f", with))
	figures.row(calls+"retry budget off", fmt.Sprintf("%.2f", without))
	figures.row(herdRow(herdClients, "clients"), percent(share))
	if with > 1.2 || without != 4 {
		violations = append(violations,
			fmt.Sprintf("%.2f requests per call with a retry budget, %.2f without", with, without))
	}
	if share > maxClientsInSlot {
		violations = append(violations, fmt.Sprintf("%s of the clients returned within %v", percent(share), slot))
	}
	return figures, violations
}

// herdRow is the name of the row for a result of herd.
func herdRow(size int, what string) string {
	return fmt.Sprintf("largest share of %d %s that come back in the same %v, after Retry-After: 1", size, what, slot)
}

// roundTripper responds in place of a server.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

func respond(request *http.Request, status int, header http.Header, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: request,
	}
}

// requestsPerCall returns the requests per call if every response is a 503.
func requestsPerCall(budget int) (float64, error) {
	var mu sync.Mutex
	requests := 0
	down := roundTripper(func(request *http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		requests++
		return respond(request, http.StatusServiceUnavailable, http.Header{}, ""), nil
	})
	client, err := whatspie.NewClient("token", whatspie.WithHTTPClient(&http.Client{Transport: down}),
		whatspie.WithRetry(whatspie.RetryPolicy{MinWait: time.Millisecond, MaxWait: 10 * time.Millisecond, Budget: budget}))
	if err != nil {
		return 0, fmt.Errorf("outage: %w", err)
	}
	var callers sync.WaitGroup
	for range outageCallers {
		callers.Go(func() {
			for range outageCalls {
				_, _ = client.Devices.Get(context.Background(), 1) // fails, as every call does
			}
		})
	}
	callers.Wait()
	return float64(requests) / (outageCallers * outageCalls), nil
}

// herd responds to the first request of each client with the same Retry-After, and returns the largest share of the
// clients that come back in the same slot. It runs in virtual time.
func herd(t *testing.T, size int, call func(context.Context, *whatspie.Client)) (share float64, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { share, err = largestShare(t.Context(), size, call) })
	return share, err
}

func largestShare(ctx context.Context, size int, call func(context.Context, *whatspie.Client)) (float64, error) {
	var mu sync.Mutex
	slots := map[time.Duration]int{}
	start := time.Now()
	var clients sync.WaitGroup
	for range size {
		var rejected bool
		busy := roundTripper(func(request *http.Request) (*http.Response, error) {
			if !rejected {
				rejected = true
				return respond(request, http.StatusTooManyRequests, http.Header{"Retry-After": {"1"}}, ""), nil
			}
			mu.Lock()
			defer mu.Unlock()
			slots[time.Since(start).Truncate(slot)]++
			return respond(request, http.StatusOK, http.Header{}, `{"data":[]}`), nil
		})
		client, err := whatspie.NewClient("token", whatspie.WithHTTPClient(&http.Client{Transport: busy}))
		if err != nil {
			return 0, fmt.Errorf("herd: %w", err)
		}
		clients.Go(func() { call(ctx, client) })
	}
	clients.Wait()
	fullest, returned := 0, 0
	for _, count := range slots {
		fullest = max(fullest, count)
		returned += count
	}
	if returned != size {
		return 0, fmt.Errorf("herd: %d of %d clients returned", returned, size)
	}
	return float64(fullest) / float64(size), nil
}
