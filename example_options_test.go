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

	"github.com/whatspie-go/whatspie"
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

func ExampleOperation() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	id := srv.AddDevice(whatspie.Device{Name: "support"})
	counted := map[string]int{} // stands for a metric with a label
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
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
