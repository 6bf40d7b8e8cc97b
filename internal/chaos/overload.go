package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
)

const (
	outageCallers = 100
	outageCalls   = 20
	fleet         = 2000
	slot          = 10 * time.Millisecond
	// mostInSlot is the share of a fleet that may come back within one slot.
	mostInSlot = 0.02
)

// overload is what the SDK does to a server that has trouble already.
func overload() (figures *table, broken []string) {
	with, err := outage(0)
	without, errWithout := outage(whatspie.NoRetryBudget)
	share, errShare := stampede(fleet, func(client *whatspie.Client) {
		_, _ = client.Devices.List(context.Background()) // the slots say whether it came back
	})
	if err := errors.Join(err, errWithout, errShare); err != nil {
		broken = append(broken, err.Error())
	}
	figures = newTable("overload", "figure")
	calls := fmt.Sprintf("requests per call in an outage, %d callers of %d calls each, ", outageCallers, outageCalls)
	figures.row(calls+"retry budget on", fmt.Sprintf("%.2f", with))
	figures.row(calls+"retry budget off", fmt.Sprintf("%.2f", without))
	figures.row(fmt.Sprintf("share of %d clients in the fullest %v after a common Retry-After of 1 s", fleet, slot), fmt.Sprintf("%.1f %%", 100*share))
	if with > 1.2 || without != 4 {
		broken = append(broken, fmt.Sprintf("%.2f requests per call with a retry budget, %.2f without", with, without))
	}
	if share > mostInSlot {
		broken = append(broken, fmt.Sprintf("%.1f %% of a fleet came back within %v", 100*share, slot))
	}
	return figures, broken
}

// roundTripper answers in place of a server.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

func answer(request *http.Request, status int, header http.Header, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: request}
}

// outage is how many requests a call becomes when every answer is a 503.
func outage(budget int) (float64, error) {
	var mu sync.Mutex
	requests := 0
	down := roundTripper(func(request *http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		requests++
		return answer(request, http.StatusServiceUnavailable, http.Header{}, ""), nil
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
				_, _ = client.Devices.Get(context.Background(), 1) // it fails, as everything does
			}
		})
	}
	callers.Wait()
	return float64(requests) / (outageCallers * outageCalls), nil
}

// stampede sends so many clients away at once, and returns the largest share that came back at once.
func stampede(size int, call func(*whatspie.Client)) (float64, error) {
	var mu sync.Mutex
	slots := map[time.Duration]int{}
	start := time.Now()
	var clients sync.WaitGroup
	for range size {
		var asked bool
		busy := roundTripper(func(request *http.Request) (*http.Response, error) {
			if !asked {
				asked = true
				return answer(request, http.StatusTooManyRequests, http.Header{"Retry-After": {"1"}}, ""), nil
			}
			mu.Lock()
			defer mu.Unlock()
			slots[time.Since(start).Truncate(slot)]++
			return answer(request, http.StatusOK, http.Header{}, `{"data":[]}`), nil
		})
		client, err := whatspie.NewClient("token", whatspie.WithHTTPClient(&http.Client{Transport: busy}))
		if err != nil {
			return 0, fmt.Errorf("stampede: %w", err)
		}
		clients.Go(func() { call(client) })
	}
	clients.Wait()
	fullest, all := 0, 0
	for _, count := range slots {
		fullest = max(fullest, count)
		all += count
	}
	if all != size {
		return 0, fmt.Errorf("stampede: %d of %d clients came back", all, size)
	}
	return float64(fullest) / float64(size), nil
}
