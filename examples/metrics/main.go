// Command metrics measures the requests of the SDK for Prometheus, by operation and status code.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
	"github.com/whatspie-go/whatspie/whatspietest"
)

const headerTimeout = 10 * time.Second

// instrument returns a transport that measures each request, retries included. The operation contains no IDs, so the
// label has few values; with the path as a label, each device would add a time series.
func instrument(registry prometheus.Registerer, next http.RoundTripper) http.RoundTripper {
	seconds := promauto.With(registry).NewHistogramVec(prometheus.HistogramOpts{
		Name: "whatspie_request_duration_seconds",
		Help: "Time from a request to the header of its response.",
	}, []string{"operation", "code"})
	return promhttp.InstrumentRoundTripperDuration(seconds, next,
		promhttp.WithLabelFromCtx("operation", whatspie.Operation))
}

func main() {
	demo.Main("metrics", "measures the requests of the SDK for Prometheus, by operation and status code.", run)
}

func run(ctx context.Context, app demo.App) error {
	flags := app.Flags()
	addr := flags.String("addr", "127.0.0.1:0", "`address` of the metrics; port 0 chooses a free port")
	interval := flags.Duration("every", 5*time.Second, "how often to list the devices")
	if err := app.Parse(flags); err != nil {
		return err
	}
	if *interval <= 0 {
		return fmt.Errorf("%w: -every must be above 0", demo.ErrUsage)
	}
	registry := prometheus.NewRegistry()
	transport := instrument(registry, http.DefaultTransport)
	session, err := demo.OpenWithDevices(app, whatspie.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		return err
	}
	defer session.Close()
	if session.Server != nil { // causes a retry
		session.Server.Inject(whatspietest.Fault{Status: http.StatusServiceUnavailable})
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *addr)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: headerTimeout}
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = server.Close() }() // no need to wait for scrapes

	if err := call(ctx, session.Client); err != nil {
		return err
	}
	_, err = fmt.Fprintf(app.Stdout, "Serving metrics at http://%s/metrics, press Ctrl-C to stop.\n", listener.Addr())
	if err != nil {
		return err
	}
	ticker := time.NewTicker(*interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
			if err := call(ctx, session.Client); err != nil {
				return err
			}
		}
	}
}

// call stands for the work of a real program.
func call(ctx context.Context, client *whatspie.Client) error {
	devices, err := client.Devices.List(ctx)
	if err != nil || len(devices) == 0 {
		return err
	}
	_, err = client.Devices.Get(ctx, devices[0].ID)
	if errors.Is(err, whatspie.ErrDeviceNotFound) { // removed since the list
		return nil
	}
	return err
}
