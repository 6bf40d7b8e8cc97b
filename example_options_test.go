package whatspie_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func ExampleNewClient() {
	client, err := whatspie.NewClient("your-token",
		whatspie.WithAttemptTimeout(10*time.Second),
		whatspie.WithRetry(whatspie.RetryPolicy{MaxAttempts: 3}),
		whatspie.WithUserAgent("billing/1.4"),
	)
	fmt.Println(client, err)

	_, err = whatspie.NewClient("your-token", whatspie.WithBaseURL("http://example.com"))
	fmt.Println("plain http would show the token:", errors.Is(err, whatspie.ErrInsecureURL))
	// Output:
	// whatspie.Client{https://api.whatspie.com} <nil>
	// plain http would show the token: true
}

// A client over httpmock, with responders from fixture files. Each test has a transport of its own, so tests can run in
// parallel. Give the transport to the client before NewClient: a client works with a copy of the http.Client, so
// httpmock.ActivateNonDefault after NewClient changes the original and mocks nothing.
func ExampleWithHTTPClient_httpmock() {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodGet, whatspie.DefaultBaseURL+"/devices",
		httpmock.NewJsonResponderOrPanic(http.StatusOK, httpmock.File("testdata/list_devices_200.json")))
	mock.RegisterResponder(http.MethodGet, `=~/devices/\d+$`,
		httpmock.NewJsonResponderOrPanic(http.StatusNotFound, httpmock.File("testdata/get_device_not_found_404.json")))

	client, err := whatspie.NewClient("token", whatspie.WithHTTPClient(&http.Client{Transport: mock}))
	if err != nil {
		fmt.Println(err)
		return
	}
	devices, err := client.Devices.List(context.Background())
	fmt.Println(len(devices), err)
	_, err = client.Devices.Get(context.Background(), 7)
	fmt.Println(errors.Is(err, whatspie.ErrDeviceNotFound))
	fmt.Println(mock.GetTotalCallCount(), "requests")
	// Output:
	// 1 <nil>
	// true
	// 2 requests
}

func ExampleWithTokenSource() {
	srv := whatspietest.NewServer(whatspietest.WithToken("of-today"))
	defer srv.Close()
	vault := func(context.Context) (string, error) { return "of-today", nil } // asked before every attempt

	client := srv.Client(whatspie.WithTokenSource(vault))
	devices, err := client.Devices.List(context.Background())
	fmt.Println(len(devices), err)
	// Output:
	// 0 <nil>
}

func ExampleWithRetry() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	srv.Inject(whatspietest.Fault{Status: http.StatusServiceUnavailable, Times: 2})

	client := srv.Client(whatspie.WithRetry(whatspie.RetryPolicy{MinWait: time.Millisecond, MaxWait: time.Millisecond}))
	var response whatspie.Response
	_, err := client.Devices.List(context.Background(), whatspie.WithResponse(&response))
	fmt.Println(err, response.Attempts, response.StatusCode)

	srv.Inject(whatspietest.Fault{Status: http.StatusServiceUnavailable})
	_, err = client.Devices.List(context.Background(), whatspie.WithoutRetry())
	fmt.Println(errors.Is(err, whatspie.ErrServer))
	// Output:
	// <nil> 3 200
	// true
}

// A command that runs once has no use for a budget that is meant for an outage of many callers.
func ExampleRetryPolicy() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	srv.Inject(whatspietest.Fault{Status: http.StatusServiceUnavailable, Times: 2})

	client := srv.Client(whatspie.WithRetry(whatspie.RetryPolicy{MaxAttempts: 3, MinWait: 1, MaxWait: 1, Budget: whatspie.NoRetryBudget}))
	var response whatspie.Response
	devices, err := client.Devices.List(context.Background(), whatspie.WithResponse(&response))
	fmt.Println(len(devices), err, response.Attempts)
	// Output:
	// 0 <nil> 3
}

func ExampleWithLimiter() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client(whatspie.WithLimiter(closedOnSundays{})) // or a rate.Limiter of golang.org/x/time
	_, err := client.Devices.List(context.Background())
	fmt.Println(err)
	// Output:
	// whatspie: GET /devices: limiter refused: closed on Sundays
}

type closedOnSundays struct{}

func (closedOnSundays) Wait(context.Context) error { return errors.New("closed on Sundays") }

func ExampleWithLogger() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	srv.Inject(whatspietest.Fault{Status: http.StatusServiceUnavailable, Method: http.MethodGet})

	// Attempts are logged at debug level, retries as warnings.
	plain := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.LevelKey || a.Key == slog.MessageKey || a.Key == "status" {
			return a
		}
		return slog.Attr{}
	}
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: plain}))
	client := srv.Client(whatspie.WithLogger(logger), whatspie.WithRetry(whatspie.RetryPolicy{MinWait: 1, MaxWait: 1}))
	if _, err := client.Devices.List(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// level=WARN msg="whatspie: retry" status=503
}

// The loops of a client share its polls, so the interval is the client's.
func ExampleWithPollInterval() {
	_, err := whatspie.NewClient("token", whatspie.WithPollInterval(5*time.Second))
	fmt.Println(err)
	_, err = whatspie.NewClient("token", whatspie.WithPollInterval(5)) // nanoseconds
	fmt.Println(err)
	// Output:
	// <nil>
	// whatspie: WithPollInterval: 5ns is below 1s
}

func ExampleWithDriftHandler() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	srv.Inject(whatspietest.Fault{Status: http.StatusOK, Body: `{"status":200,"message":"OK","data":{"id":1,"battery":80}}`})

	client := srv.Client(whatspie.WithDriftHandler(func(d whatspie.Drift) { fmt.Println(d.Operation, d.Path, d.Kind) }))
	device, err := client.Devices.Get(context.Background(), 1)
	fmt.Println(device.ID, err)
	// Output:
	// GET /devices/{id} $.data.battery unknown field
	// 1 <nil>
}

func ExampleWithHeader() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	trace := whatspie.WithHeader("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	if _, err := srv.Client().Devices.List(context.Background(), trace); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(srv.Requests()[0].Header.Get("Traceparent"))
	// Output:
	// 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
}

func ExampleOperation() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	id := srv.AddDevice(whatspie.Device{Name: "support"})
	counted := map[string]int{} // stands for a metric with a label
	transport := wiretest.RoundTripFunc(func(r *http.Request) (*http.Response, error) {
		counted[whatspie.Operation(r.Context())]++
		return http.DefaultTransport.RoundTrip(r)
	})

	client := srv.Client(whatspie.WithHTTPClient(&http.Client{Transport: transport}))
	_, _ = client.Devices.Get(context.Background(), id)
	_, _ = client.Devices.Get(context.Background(), id+1)
	_, _ = client.Devices.List(context.Background())
	fmt.Println(counted)
	// Output:
	// map[GET /devices:1 GET /devices/{id}:2]
}

func ExampleWithMaxQRCodes() {
	srv := whatspietest.NewServer(whatspietest.WithQRLifetime(20 * time.Millisecond))
	defer srv.Close()
	id := srv.AddDevice(whatspie.Device{Name: "Support"})

	pair := srv.Client().Devices.Pair(context.Background(), id,
		whatspie.WithMaxQRCodes(1),
		whatspie.WithQRLifetime(time.Second),
		whatspie.WithQRRecheck(time.Second))
	for _, err := range pair {
		if err != nil {
			fmt.Println("nobody came:", errors.Is(err, whatspie.ErrQRCodesExhausted))
		}
	}
	// Output:
	// nobody came: true
}

func ExampleWithChangesOnly() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	support := srv.AddDevice(whatspie.Device{Name: "Support"})
	sales := srv.AddDevice(whatspie.Device{Name: "Sales"})

	client := srv.Client(whatspie.WithPollInterval(time.Second)) // the fake does not mind; leave it out for the real API
	events := client.Devices.Watch(context.Background(),
		whatspie.WithChangesOnly(), // no snapshot first
		whatspie.WithDevices(support))
	for event, err := range events {
		if err != nil {
			log.Println(err)
			return
		}
		if event.Kind == whatspie.WatchSynced {
			srv.Scan(sales)
			srv.Scan(support)
		}
		if event.Kind == whatspie.WatchChanged {
			fmt.Println(event.Device.Name, event.Device.PairedStatus)
			return
		}
	}
	// Output:
	// Support PAIRED
}
