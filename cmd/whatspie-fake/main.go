// Command whatspie-fake is a fake of the Whatspie API as a process, for docker compose, curl and clients in any language.
// It is package whatspietest with a command line. A second address, the control, plays the phone and the operator:
//
//	go install github.com/whatspie-go/whatspie/cmd/whatspie-fake@latest
//	whatspie-fake -seed "Customer Service,Sales"
//	curl -H "Authorization: Bearer whatspietest-token" http://127.0.0.1:9090/devices
//	curl -X POST http://127.0.0.1:9091/devices/1/scan
//
// Run it with -h for all flags and control requests.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// Exit codes by shell convention.
const (
	exitError = 1
	exitUsage = 2
)

const readHeaderTimeout = 10 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal kills the process
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run serves until the context ends, and returns the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	s, err := parse(args, getenv)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, _ = io.WriteString(stdout, usage) // a failed write cannot be reported
		return 0
	case err != nil:
		_, _ = fmt.Fprintf(stderr, "whatspie-fake: %v\nRun it with -h for all flags.\n", err)
		return exitUsage
	}
	logger := slog.New(slog.NewTextHandler(stderr, nil))
	if err := serve(ctx, s, logger); err != nil {
		logger.ErrorContext(ctx, "failed", "err", err)
		return exitError
	}
	return 0
}

func newFake(s settings) *whatspietest.Server {
	opts := []whatspietest.Option{
		whatspietest.WithoutSocket(), whatspietest.WithToken(s.token), whatspietest.WithDeviceLimit(s.limit),
	}
	if s.lifetime > 0 {
		opts = append(opts, whatspietest.WithQRLifetime(s.lifetime))
	}
	if s.rotation {
		opts = append(opts, whatspietest.WithQRRotation())
	}
	fake := whatspietest.NewServer(opts...)
	for _, name := range s.seed {
		fake.AddDevice(whatspie.Device{Name: name})
	}
	return fake
}

// serve listens on both addresses before it serves on either.
func serve(ctx context.Context, s settings, logger *slog.Logger) error {
	fake := newFake(s)
	defer fake.Close()
	api, err := listen(ctx, s.addr, logRequests(logger.With("at", "api"), fake.Handler()))
	if err != nil {
		return err
	}
	defer api.close()
	attrs := []any{"api", api.url(), "devices", len(s.seed)}
	ends := []*endpoint{api}
	if s.control != "" {
		control, err := listen(ctx, s.control, logRequests(logger.With("at", "control"), newControl(fake)))
		if err != nil {
			return err
		}
		defer control.close()
		attrs = append(attrs, "control", control.url())
		ends = append(ends, control)
	}
	failed := make(chan error, len(ends))
	for _, e := range ends {
		go func() { failed <- e.server.Serve(e.listener) }()
	}
	logger.InfoContext(ctx, "listening", attrs...)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	logger.InfoContext(ctx, "shutting down")
	graceful, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.grace)
	defer cancel()
	return shutdown(graceful, ends, fake)
}

// shutdown waits for requests in progress. Responses that a fault delays beyond the context are cut.
func shutdown(ctx context.Context, ends []*endpoint, fake *whatspietest.Server) error {
	defer context.AfterFunc(ctx, fake.Close)()
	var failed error
	for _, e := range ends {
		if err := e.server.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// endpoint is a listener and its server.
type endpoint struct {
	listener net.Listener
	server   *http.Server
}

func listen(ctx context.Context, addr string, handler http.Handler) (*endpoint, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &endpoint{listener, &http.Server{Handler: handler, ReadHeaderTimeout: readHeaderTimeout}}, nil
}

func (e *endpoint) url() string { return "http://" + e.listener.Addr().String() }

func (e *endpoint) close() {
	_ = e.server.Close() // harmless after Shutdown
	_ = e.listener.Close()
}
