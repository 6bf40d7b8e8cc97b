// Command observe shows the logs and traces of calls, with log/slog and OpenTelemetry.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func main() { demo.Main("observe", "shows the logs and traces of its calls.", run) }

func run(ctx context.Context, app demo.App) error {
	flags := app.Flags()
	fail := flags.Bool("fail", true, "with the fake only: the server fails once, which shows a retry")
	if err := app.Parse(flags); err != nil {
		return err
	}
	// A real program exports spans to its collector, not to memory.
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	traced := otelhttp.NewTransport(http.DefaultTransport, otelhttp.WithTracerProvider(provider),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return whatspie.Operation(r.Context()) }))

	session, err := demo.OpenWithDevices(app,
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
		if _, err := fmt.Fprintln(app.Stdout, describe(s)); err != nil {
			return err
		}
	}
	return provider.Shutdown(ctx)
}

func describe(s tracetest.SpanStub) string {
	parent, result := "root", "ok"
	if s.Parent.IsValid() {
		parent = "child of " + s.Parent.SpanID().String()
	}
	if s.Status.Code == codes.Error { // Unset after a success
		result = "error"
	}
	return fmt.Sprintf("span %v %q, %s: %s", s.SpanContext.SpanID(), s.Name, parent, result)
}
