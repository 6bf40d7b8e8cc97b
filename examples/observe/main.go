// Command observe shows the logs and traces of calls, with log/slog and OpenTelemetry.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func main() { demo.Main("observe", "shows the logs and traces of its calls.", run) }

func run(ctx context.Context, app demo.App) error {
	flags := app.Flags()
	fail := flags.Bool("fail", true, "demo server only: fail the first request, to show a retry")
	if err := app.Parse(flags); err != nil {
		return err
	}
	// A real program exports spans to its collector, not to memory.
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	traced := otelhttp.NewTransport(http.DefaultTransport, otelhttp.WithTracerProvider(provider),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return whatspie.Operation(r.Context()) }))

	session, err := demo.OpenFleet(app,
		whatspie.WithHTTPClient(&http.Client{Transport: traced}),
		whatspie.WithLogger(slog.New(slog.NewTextHandler(app.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	if err != nil {
		return err
	}
	defer session.Close()
	if *fail && session.Server != nil {
		session.Server.Inject(whatspietest.Fault{Status: http.StatusServiceUnavailable})
	}

	ctx, span := provider.Tracer("observe").Start(ctx, "read devices")
	devices, err := session.Client.Devices.List(ctx)
	if err == nil && len(devices) > 0 {
		_, err = session.Client.Devices.Get(ctx, devices[0].ID)
	}
	span.End()
	if err != nil {
		return err
	}
	for _, s := range spans.GetSpans() {
		_, err := fmt.Fprintf(app.Stdout, "span %v %q, child of %v: %v\n",
			s.SpanContext.SpanID(), s.Name, s.Parent.SpanID(), s.Status.Code)
		if err != nil {
			return err
		}
	}
	return provider.Shutdown(ctx)
}
