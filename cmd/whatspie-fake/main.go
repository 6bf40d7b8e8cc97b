// Command whatspie-fake runs package whatspietest, a fake of the Whatspie API, as a process: for docker compose, curl,
// and clients in any language. A control API on a second address does what a phone or an operator would do:
//
//	go install github.com/whatspie-go/whatspie/cmd/whatspie-fake@latest
//	whatspie-fake -seed "Customer Service,Sales"
//	curl -H "Authorization: Bearer whatspietest-token" http://127.0.0.1:9090/devices
//	curl -X POST http://127.0.0.1:9091/devices/1/scan
//
// Run it with -h for all flags and the requests of the control API.
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
	context.AfterFunc(ctx, stop) // so that a second signal kills the process
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run serves until the context ends. It returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, _ = io.WriteString(stdout, usage) // a failed write cannot be reported
		return 0
	case err != nil:
		_, _ = fmt.Fprintf(stderr, "whatspie-fake: %v\nRun whatspie-fake -h for help.\n", err)
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

// serve runs the fake until the context ends. It serves no request before both addresses are open.
func serve(ctx context.Context, s settings, logger *slog.Logger) error {
	fake := newFake(s)
	defer fake.Close()
	api, err := listen(ctx, s.addr, logRequests(logger.With("at", "api"), fake.Handler()))
	if err != nil {
		return err
	}
	defer api.close()
	attrs := []any{"api", api.url(), "devices", len(s.seed)}
	listeners := []*listener{api}
	if s.control != "" {
		control, err := listen(ctx, s.control, logRequests(logger.With("at", "control"), newControl(fake)))
		if err != nil {
			return err
		}
		defer control.close()
		attrs = append(attrs, "control", control.url())
		listeners = append(listeners, control)
	}
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { failed <- l.server.Serve(l.Listener) }()
	}
	logger.InfoContext(ctx, "listening", attrs...)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	logger.InfoContext(ctx, "shutting down")
	shutdownCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.shutdownTimeout)
	defer cancel()
	return shutdown(shutdownCtx, listeners, fake)
}

// shutdown waits for requests in progress. When the context ends, it cuts responses that a fault still delays.
func shutdown(ctx context.Context, listeners []*listener, fake *whatspietest.Server) error {
	defer context.AfterFunc(ctx, fake.Close)()
	var failed error
	for _, l := range listeners {
		if err := l.server.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// listener is an open address with the server for it.
type listener struct {
	net.Listener

	server *http.Server
}

func listen(ctx context.Context, addr string, handler http.Handler) (*listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &listener{l, &http.Server{Handler: handler, ReadHeaderTimeout: readHeaderTimeout}}, nil
}

func (l *listener) url() string { return "http://" + l.Addr().String() }

// close closes the address and all connections. It has no effect after Shutdown.
func (l *listener) close() {
	_ = l.server.Close()
	_ = l.Close()
}
