package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/whatspie-go/whatspie"
)

// What the replicas share: a stream of changes, one subject for each device, and a bucket with the lease.
const (
	streamName    = "WHATSPIE"
	subjectPrefix = "whatspie.devices."
	consumerName  = "handlers"
	leaseBucket   = "whatspie-lease"
	leaseKey      = "watch"
)

// The holder renews the lease several times while it lasts, and stops watching before it ends.
const (
	leaseTime = 6 * time.Second
	renewTime = leaseTime / 3
	retryTime = time.Second
)

// replica is one process of the service.
type replica struct {
	name    string
	client  *whatspie.Client
	js      jetstream.JetStream
	log     *slog.Logger
	out     io.Writer
	holding atomic.Bool
}

// change is what the holder publishes: the state of a device, and its number in the order of that device's changes.
type change struct {
	Number   uint64                 `json:"number"`
	ID       int64                  `json:"id"`
	Name     string                 `json:"name"`
	Status   whatspie.PairedStatus  `json:"status"`
	Previous *whatspie.PairedStatus `json:"previous,omitempty"`
	Removed  bool                   `json:"removed,omitempty"`
}

func (c change) subject() string { return fmt.Sprintf("%s%d", subjectPrefix, c.ID) }

// messageID is the same in every replica, so that JetStream drops a change that is published twice.
func (c change) messageID() string { return fmt.Sprintf("%d/%d", c.ID, c.Number) }

// prepare makes what the replicas share, unless another has.
func (r *replica) prepare(ctx context.Context) (jetstream.Stream, jetstream.KeyValue, error) {
	stream, err := r.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:       streamName,
		Subjects:   []string{subjectPrefix + "*"},
		Duplicates: 10 * time.Minute,
		// The last change of each device stays: it is what the next holder compares with.
		MaxMsgsPerSubject: 1000,
	})
	if err != nil {
		return nil, nil, err
	}
	lease, err := r.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: leaseBucket, TTL: leaseTime})
	return stream, lease, err
}
