// Command service monitors the WhatsApp numbers of a company. It serves a pairing page for each number, and keeps a
// table of their connections in SQLite.
//
//	go run -C examples ./service -db /tmp/numbers.db
//
//	GET /numbers             the table as JSON
//	GET /numbers/{id}/pair/  the pairing page
//	GET /metrics             metrics for Prometheus
//
// The token and the base URL come from WHATSPIE_API_TOKEN and WHATSPIE_BASE_URL. examples/README.md shows how to run it
// against a fake of the API. A real service requires a login for these routes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
)

const usage = `service monitors the WhatsApp numbers of a company. It serves their pairing pages and keeps a table of their
connections. It needs a token in WHATSPIE_API_TOKEN.

usage: service [flags]`

const shutdownTimeout = 10 * time.Second

var (
	up = promauto.NewGauge(prometheus.GaugeOpts{
		Name: "whatspie_up", Help: "1 if the last poll of the API succeeded.",
	})
	seconds = promauto.NewHistogramVec(prometheus.HistogramOpts{
		Name: "whatspie_request_duration_seconds", Help: "Time from a request to the header of its response.",
	}, []string{"operation", "code"})
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "`address` to listen on")
	file := flag.String("db", "numbers.db", "`file` of the SQLite database")
	flag.Usage = func() {
		_, _ = fmt.Fprintln(flag.CommandLine.Output(), usage) // a failed write cannot be reported
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *addr, *file)
	stop()
	if err != nil {
		slog.Error("service failed", "error", err)
		os.Exit(1)
	}
}

// run serves until the context ends or the watch fails for good.
func run(ctx context.Context, addr, file string) error {
	client, err := whatspie.NewClientFromEnv(whatspie.WithHTTPClient(&http.Client{
		// The operation contains no IDs, so the label has few values.
		Transport: promhttp.InstrumentRoundTripperDuration(seconds, http.DefaultTransport,
			promhttp.WithLabelFromCtx("operation", whatspie.Operation)),
	}))
	if err != nil {
		return err
	}
	numbers, err := openTable(ctx, file)
	if err != nil {
		return err
	}
	defer numbers.Close() //nolint:errcheck // every write is already committed
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	pages := pairweb.NewHandler(client, func(r *http.Request) (int64, error) {
		return strconv.ParseInt(chi.URLParam(r, "id"), 10, 64)
	})
	router := chi.NewRouter()
	router.Get("/numbers", numbers.serve)
	router.Handle("/numbers/{id}/pair", pages)
	router.Handle("/numbers/{id}/pair/*", pages)
	router.Handle("/metrics", promhttp.Handler())
	server := &http.Server{Handler: router, ReadHeaderTimeout: 5 * time.Second}
	server.RegisterOnShutdown(pages.Close) // ends the event streams, for which Shutdown waits
	slog.Info("listening", "url", "http://"+listener.Addr().String())

	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return numbers.watch(running, client) })
	group.Go(func() error { return server.Serve(listener) })
	<-running.Done() // a signal or a failure
	shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	err = server.Shutdown(shutdown)
	pages.Close() // waits for functions of WithOnPaired, if there are any
	if failed := group.Wait(); ctx.Err() == nil {
		err = errors.Join(failed, err)
	}
	return err
}
