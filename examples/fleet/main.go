// Command fleet watches one account from several replicas of a service.
//
// The replicas share a NATS JetStream. One of them holds a lease, runs the only Watch, and publishes the changes of the
// devices. All replicas share the handling of the changes. If the holder crashes, another replica takes over within ten
// seconds.
//
//	go run -C examples ./fleet                              # starts a NATS server and logs its URL
//	go run -C examples ./fleet -nats nats://127.0.0.1:4222  # joins the others
//
// The token and the base URL come from WHATSPIE_API_TOKEN and WHATSPIE_BASE_URL. examples/README.md shows how to run it
// against a fake of the API, and docs/scaling.md explains the takeover.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"github.com/whatspie-go/whatspie"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}

const usage = `fleet watches one account from several replicas, which share a NATS JetStream. It needs a token in
WHATSPIE_API_TOKEN.

usage: fleet [flags]`

var errUsage = errors.New("usage")

// replica is one process of the service.
type replica struct {
	name     string
	log      *slog.Logger
	client   *whatspie.Client
	js       jetstream.JetStream
	stream   jetstream.Stream   // contains the changes
	consumer jetstream.Consumer // shared by all replicas
	lease    jetstream.KeyValue
}

type settings struct {
	name, natsURL, store string
	copies               int
	interval             time.Duration
}

func parse(args []string) (settings, error) {
	var s settings
	host, _ := os.Hostname() // without a host name, the process ID identifies the replica
	flags := flag.NewFlagSet("fleet", flag.ContinueOnError)
	flags.StringVar(&s.name, "name", fmt.Sprintf("%s-%d", host, os.Getpid()), "unique `name` of this replica")
	flags.StringVar(&s.natsURL, "nats", "", "`URL` of a NATS server with JetStream (default: started in this process)")
	flags.StringVar(&s.store, "store", "", "`directory` for the files of that server (default: a temporary one)")
	flags.IntVar(&s.copies, "copies", 1, "`number` of NATS servers that store the changes; with 3, one may fail")
	flags.DurationVar(&s.interval, "poll", 3*time.Second, "poll `interval` of the holder of the lease")
	flags.Usage = func() {
		_, _ = fmt.Fprintln(flags.Output(), usage) // a failed write cannot be reported
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return s, errors.Join(errUsage, err)
	}
	return s, nil
}

func run(ctx context.Context, args []string) (err error) {
	s, err := parse(args)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil)).With("replica", s.name)
	client, err := whatspie.NewClientFromEnv(whatspie.WithPollInterval(s.interval), whatspie.WithLogger(log))
	if err != nil {
		return err
	}
	if s.natsURL == "" {
		if s.store == "" {
			if s.store, err = os.MkdirTemp("", "fleet-*"); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, os.RemoveAll(s.store)) }()
		}
		server, err := startNATS(s.store)
		if err != nil {
			return err
		}
		defer server.WaitForShutdown()
		defer server.Shutdown()
		s.natsURL = server.ClientURL()
		log.Info("started a NATS server", "url", s.natsURL)
	}
	conn, err := nats.Connect(s.natsURL, nats.Name(s.name), nats.MaxReconnects(-1))
	if err != nil {
		return err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	r := &replica{name: s.name, log: log, client: client, js: js}
	if err := r.prepare(ctx, s.copies); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return r.hold(ctx) })
	group.Go(func() error { return r.handle(ctx) })
	return group.Wait()
}
