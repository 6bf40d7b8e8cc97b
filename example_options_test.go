package whatspie_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func ExampleNewClient() {
	client, err := whatspie.NewClient("your-token",
		whatspie.WithAttemptTimeout(10*time.Second),
		whatspie.WithRetry(whatspie.RetryPolicy{MaxAttempts: 3}),
		whatspie.WithUserAgent("billing/1.4"),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(client)
	// Output:
	// whatspie.Client{https://api.whatspie.com}
}

// The base URL of a test server or a proxy. Plain http would send the token unencrypted, so it is refused except on
// loopback.
func ExampleWithBaseURL() {
	for _, baseURL := range []string{"https://example.com/whatspie", "http://localhost:9090", "http://example.com"} {
		client, err := whatspie.NewClient("your-token", whatspie.WithBaseURL(baseURL))
		if errors.Is(err, whatspie.ErrInsecureURL) {
			fmt.Println("refused:", baseURL)
			continue
		}
		fmt.Println(client)
	}
	// Output:
	// whatspie.Client{https://example.com/whatspie}
	// whatspie.Client{http://localhost:9090}
	// refused: http://example.com
}

func ExampleNewClientFromEnv() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	_ = os.Setenv("WHATSPIE_API_TOKEN", srv.Token) // in production, the environment of the process has it
	_ = os.Setenv("WHATSPIE_BASE_URL", srv.URL)
	defer func() { _ = errors.Join(os.Unsetenv("WHATSPIE_API_TOKEN"), os.Unsetenv("WHATSPIE_BASE_URL")) }()

	client, err := whatspie.NewClientFromEnv()
	if err != nil {
		fmt.Println(err)
		return
	}
	devices, err := client.Devices.List(context.Background())
	fmt.Println(len(devices), err)
	// Output:
	// 0 <nil>
}

func ExampleWithResponse() {
	srv := whatspietest.NewServer()
	defer srv.Close()

	var response whatspie.Response
	_, err := srv.Client().Devices.List(context.Background(), whatspie.WithResponse(&response))
	fmt.Println(response.StatusCode, response.Attempts, err)
	// Output:
	// 200 1 <nil>
}

// The client sends its requests to a mock with responses from files. Each test has its own transport, so tests can run
// in parallel. The transport must be set before NewClient, because the client works with a copy of the http.Client:
// httpmock.ActivateNonDefault has no effect afterwards.
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

// The function is called before every attempt, so a rotated token is used at once.
func ExampleWithTokenSource() {
	srv := whatspietest.NewServer(whatspietest.WithToken("current-token"))
	defer srv.Close()
	readToken := func(context.Context) (string, error) { return "current-token", nil } // from a vault, for example

	client := srv.Client(whatspie.WithTokenSource(readToken))
	devices, err := client.Devices.List(context.Background())
	fmt.Println(len(devices), err)
	// Output:
	// 0 <nil>
}

func ExampleWithRetry() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	srv.Inject(whatspietest.Fault{Status: http.StatusServiceUnavailable, Times: 2})

	client := srv.Client(whatspie.WithRetry(whatspie.RetryPolicy{
		MaxAttempts: 3,
		MinWait:     10 * time.Millisecond,
		MaxWait:     20 * time.Millisecond,
	}))
	var response whatspie.Response
	_, err := client.Devices.List(context.Background(), whatspie.WithResponse(&response))
	fmt.Println(response.StatusCode, "after", response.Attempts, "attempts:", err)

	srv.Inject(whatspietest.Fault{Status: http.StatusServiceUnavailable})
	_, err = client.Devices.List(context.Background(), whatspie.WithoutRetry())
	fmt.Println(errors.Is(err, whatspie.ErrServer))
	// Output:
	// 200 after 3 attempts: <nil>
	// true
}

// The retry budget limits the load of many calls during an outage. A command that makes one call does not need it.
func ExampleRetryPolicy() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	srv.Inject(whatspietest.Fault{Status: http.StatusServiceUnavailable})

	client := srv.Client(whatspie.WithRetry(whatspie.RetryPolicy{
		MinWait: 10 * time.Millisecond,
		Budget:  whatspie.NoRetryBudget,
	}))
	devices, err := client.Devices.List(context.Background())
	fmt.Println(len(devices), err)
	// Output:
	// 0 <nil>
}

// A limiter that allows one attempt per tick. A [golang.org/x/time/rate.Limiter] is a Limiter too.
func ExampleWithLimiter() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	start := time.Now()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()

	client := srv.Client(whatspie.WithLimiter(tickLimiter{ticker.C}))
	for range 3 {
		if _, err := client.Devices.List(context.Background()); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Println(time.Since(start) >= 60*time.Millisecond)
	// Output:
	// true
}

type tickLimiter struct{ ticks <-chan time.Time }

func (l tickLimiter) Wait(ctx context.Context) error {
	select {
	case <-l.ticks:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Attempts are logged at debug level, retries as warnings.
func ExampleWithLogger() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	srv.Inject(whatspietest.Fault{Status: http.StatusServiceUnavailable, Method: http.MethodGet})

	selectAttrs := func(_ []string, a slog.Attr) slog.Attr { // for a short output
		if a.Key == slog.LevelKey || a.Key == slog.MessageKey || a.Key == "status" {
			return a
		}
		return slog.Attr{}
	}
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: selectAttrs}))
	client := srv.Client(
		whatspie.WithLogger(logger),
		whatspie.WithRetry(whatspie.RetryPolicy{MinWait: 10 * time.Millisecond}),
	)
	if _, err := client.Devices.List(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// level=WARN msg="whatspie: retry" status=503
}

// All loops of a client share its polls, so the interval is an option of the client.
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
	srv.Inject(whatspietest.Fault{
		Status: http.StatusOK,
		Body:   `{"status":200,"message":"OK","data":{"id":1,"battery":80}}`,
	})

	report := func(d whatspie.Drift) { fmt.Println(d.Operation, d.Path, d.Kind) }
	client := srv.Client(whatspie.WithDriftHandler(report))
	device, err := client.Devices.Get(context.Background(), 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(device.ID)
	// Output:
	// GET /devices/{id} $.data.battery unknown field
	// 1
}

func ExampleWithHeader() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client()

	trace := whatspie.WithHeader("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	if _, err := client.Devices.List(context.Background(), trace); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(srv.Requests()[0].Header.Get("Traceparent"))
	// Output:
	// 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
}

// A transport that counts requests by operation, as a metric with a label would.
func ExampleOperation() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	counter := countingTransport{next: http.DefaultTransport, requests: map[string]int{}}
	client := srv.Client(whatspie.WithHTTPClient(&http.Client{Transport: counter}))

	for range 2 {
		id := srv.AddDevice(whatspie.Device{Name: "Support"})
		if _, err := client.Devices.Get(context.Background(), id); err != nil {
			fmt.Println(err)
			return
		}
	}
	if _, err := client.Devices.List(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(counter.requests)
	// Output:
	// map[GET /devices:1 GET /devices/{id}:2]
}

type countingTransport struct {
	next     http.RoundTripper
	requests map[string]int // by operation; a real counter needs a lock
}

func (c countingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	c.requests[whatspie.Operation(request.Context())]++
	return c.next.RoundTrip(request)
}
