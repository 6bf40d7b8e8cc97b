package main

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

const startTimeout = 5 * time.Second

// startNATS runs a NATS server with JetStream in this process, on a free loopback port, with its files in a directory.
func startNATS(dir string) (*server.Server, error) {
	nats, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true,
	})
	if err != nil {
		return nil, err
	}
	go nats.Start()
	if !nats.ReadyForConnections(startTimeout) {
		nats.Shutdown()
		return nil, errors.New("the NATS server did not start")
	}
	return nats, nil
}

const (
	streamName     = "WHATSPIE"
	changeSubjects = "whatspie.devices.*" // one subject per device
	holderSubject  = "whatspie.holder"
	consumerName   = "handlers"
	leaseBucket    = "whatspie-lease"
	leaseKey       = "watch"
)

// prepare creates the shared stream, consumer and bucket if they do not exist.
func (r *replica) prepare(ctx context.Context, copies int) (err error) {
	r.stream, err = r.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:     streamName,
		Subjects: []string{changeSubjects, holderSubject},
		Replicas: copies,
		// The last change of each device never expires, because the next holder compares with it. If the handlers are
		// down for more than a thousand changes of a device, they miss the oldest ones.
		MaxMsgsPerSubject: 1000,
	})
	if err != nil {
		return err
	}
	r.consumer, err = r.stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable:       consumerName,
		FilterSubject: changeSubjects,
		AckPolicy:     jetstream.AckExplicitPolicy,
	})
	if err != nil {
		return err
	}
	r.lease, err = r.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: leaseBucket, TTL: leaseTime, Replicas: copies,
	})
	return err
}
