// Command service rents out WhatsApp numbers over HTTP: it creates devices, shows each one's pairing page, keeps what it
// knows of the fleet in SQLite, and exports metrics.
//
//	go run -C examples ./service -db /tmp/numbers.db
//	curl -X POST 'http://127.0.0.1:8080/numbers?name=Support&package=STARTUP240K'
//
// The token and the base URL come from WHATSPIE_API_TOKEN and WHATSPIE_BASE_URL. A real service puts its own login before
// these routes.
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
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/whatspie-go/whatspie"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:]); {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "service:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage")

const shutdownTime = 10 * time.Second

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("service", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:8080", "`address` to listen on")
	path := flags.String("db", "numbers.db", "`file` of the SQLite database")
	if err := flags.Parse(args); err != nil {
		return errors.Join(errUsage, err)
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	metrics := newMetrics(prometheus.DefaultRegisterer)
	client, err := whatspie.NewClientFromEnv(
		whatspie.WithLogger(log),
		whatspie.WithHTTPClient(&http.Client{Transport: metrics.instrument(http.DefaultTransport)}),
	)
	if err != nil {
		return err
	}
	db, err := openStore(ctx, *path)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // every write has been committed

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *addr)
	if err != nil {
		return err
	}
	routes, pages := newRoutes(client, db, log)
	server := &http.Server{Handler: routes, ReadHeaderTimeout: 5 * time.Second}
	server.RegisterOnShutdown(pages.Close)
	log.Info("listening", "url", "http://"+listener.Addr().String())

	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return watch(ctx, client, db, metrics, log) })
	group.Go(func() error { return server.Serve(listener) })
	group.Go(func() error {
		<-ctx.Done()
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
		defer cancel()
		return server.Shutdown(ending)
	})
	if err := group.Wait(); !errors.Is(err, context.Canceled) && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
